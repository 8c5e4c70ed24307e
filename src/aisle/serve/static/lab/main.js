// The lab: the address's hash says what is shown (#runs, #runs=KEY,KEY, #evaluations,
// #evaluations=KEY, #learned, #compose, #ask).

import { get } from "../shop/api.js";
import { announce, el } from "../shop/dom.js";
import { mountAsk } from "./ask.js";
import { mountCompose } from "./compose.js";
import { showEvaluations } from "./evaluations.js";
import { showLearned } from "./learned.js";
import { showRuns } from "./runs.js";

const content = document.getElementById("content");
const PARTS = { runs: showRuns, evaluations: showEvaluations, learned: showLearned, compose: showCompose, ask: showAsk };
let listing = null;

/** What the hash asks for. */
function place() {
  const [part, keys = ""] = location.hash.slice(1).split("=");
  return { part: part in PARTS ? part : "runs", keys: keys.split(",").filter(Boolean) };
}

async function show({ fresh = false } = {}) {
  const { part, keys } = place();
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.hash === `#${part}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  content.setAttribute("aria-busy", "true");
  try {
    if (fresh || !listing) listing = await get("/api/lab", {});
    const shown = await PARTS[part](listing, keys);
    content.replaceChildren(...remarks(), ...shown);
    announce(`${listing.runs.length} runs, ${listing.evaluations.length} evaluations`);
  } catch (problem) {
    content.replaceChildren(
      el("div", { class: "card alarm" }, el("h2", {}, problem.document?.title ?? "The page failed"), el("p", {}, problem.message), el("p", {}, problem.document?.what_to_do ?? "")),
    );
    if (!problem.document) throw problem;
  } finally {
    content.setAttribute("aria-busy", "false");
  }
}

/** A box to write in, whose sentences are completed. */
function showCompose() {
  const section = el("section", { class: "card compose", "aria-label": "Compose a message" });
  mountCompose(section);
  return [section];
}

/** A box for questions in plain words about the shop. */
function showAsk() {
  const section = el("section", { class: "card ask", "aria-label": "Ask the shop" });
  mountAsk(section);
  return [section];
}

/** What was left out or could not be read: never silently. */
function remarks() {
  const said = [];
  if (!listing.complete) said.push("There are more records than one look goes through; the rest is left out.");
  if (listing.unreadable.length) said.push(`Not readable: ${listing.unreadable.join(", ")}.`);
  return said.map((text) => el("p", { class: "card alarm" }, text));
}

addEventListener("hashchange", () => show());
document.getElementById("again").addEventListener("click", () => show({ fresh: true }));
show();
