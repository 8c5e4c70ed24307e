// The page /compare: one query, two sides, each a version and a way to search; what changed place is marked.

import { Problem, get, latestOnly } from "../shop/api.js";
import { el, number, plural, price } from "../shop/dom.js";
import { moves } from "./moves.js";

const SHOWN = 20;
const MODES = ["hybrid", "lexical", "semantic"];
const facts = JSON.parse(document.body.dataset.facts);
const columns = document.getElementById("columns");
const summary = document.getElementById("summary");
const query = document.getElementById("query");
const searches = latestOnly();

let versions = [];
let sides = [];

start();

async function start() {
  document.getElementById("simulated").hidden = !facts.simulated;
  try {
    versions = (await get("/api/versions", {})).versions;
  } catch (error) {
    return complain(error);
  }
  const given = new URLSearchParams(location.search);
  query.value = given.get("q") ?? "";
  const live = versions.find((version) => version.live) ?? versions.at(-1);
  const before = versions.filter((version) => version.version < live.version).at(-1) ?? live;
  // With a single version, what there is to compare is its two halves.
  const alone = before === live ? "lexical" : "hybrid";
  sides = [
    side("left", given, before.version, alone),
    side("right", given, live.version, "hybrid"),
  ];
  columns.replaceChildren(...sides.map((one) => one.section));
  document.getElementById("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    remember(true);
    ask();
  });
  addEventListener("popstate", () => location.reload());
  ask();
}

function side(name, given, version, mode) {
  const versionSelect = el(
    "select",
    { id: `${name}-version` },
    versions.map((one) => el("option", { value: String(one.version) }, `version ${one.version}${one.live ? ", live" : ""} · ${one.encoder}`)),
  );
  const modeSelect = el("select", { id: `${name}-mode` }, MODES.map((one) => el("option", { value: one }, one)));
  const wanted = Number(given.get(name));
  versionSelect.value = String(versions.some((one) => one.version === wanted) ? wanted : version);
  modeSelect.value = MODES.includes(given.get(`${name}-mode`)) ? given.get(`${name}-mode`) : mode;
  const list = el("ol", { class: "compare-list" });
  const note = el("p", { class: "compare-note" });
  for (const select of [versionSelect, modeSelect]) {
    select.addEventListener("change", () => {
      remember(false);
      ask();
    });
  }
  const section = el(
    "section",
    { "aria-label": `${name} side` },
    el("div", { class: "compare-choice" }, el("label", { for: versionSelect.id }, "Version"), versionSelect, el("label", { for: modeSelect.id }, "by"), modeSelect),
    note,
    list,
  );
  return { name, section, versionSelect, modeSelect, list, note };
}

function remember(asPage) {
  const address = new URLSearchParams({ q: query.value });
  for (const one of sides) {
    address.set(one.name, one.versionSelect.value);
    address.set(`${one.name}-mode`, one.modeSelect.value);
  }
  history[asPage ? "pushState" : "replaceState"](null, "", `/compare?${address}`);
}

async function ask() {
  document.title = `${query.value || "Two versions"} – ${facts.name}`;
  if (!query.value.trim()) {
    summary.textContent = "Type a query: both versions answer it.";
    return;
  }
  columns.setAttribute("aria-busy", "true");
  try {
    const answers = await searches.run((signal) =>
      Promise.all(sides.map((one) => get("/api/search", { q: query.value, k: SHOWN, version: one.versionSelect.value, mode: one.modeSelect.value }, signal))),
    );
    if (answers) draw(answers);
  } catch (error) {
    complain(error);
  }
  columns.setAttribute("aria-busy", "false");
}

function draw(answers) {
  const ids = answers.map((answer) => answer.hits.map((hit) => hit.product_id));
  answers.forEach((answer, at) => {
    const moved = moves(ids[at], ids[1 - at]);
    const about = versions.find((version) => version.version === answer.version);
    sides[at].note.textContent = `${plural(answer.total, "result")}, ${answer.milliseconds.toFixed(1)} ms. Order: ${about.ranker}.`;
    sides[at].list.replaceChildren(...answer.hits.map((hit, place) => row(hit, moved[place], at)));
  });
  const both = ids[0].filter((id) => ids[1].includes(id)).length;
  const same = ids[0].filter((id, place) => ids[1][place] === id).length;
  summary.textContent = `Of the first ${number(SHOWN)}, ${plural(both, "product")} on both sides, ${number(same)} in the same place.`;
}

function row(hit, move, at) {
  const words = move === null ? "only here" : move === 0 ? "same place" : `${Math.abs(move)} ${move > 0 ? "higher" : "lower"} than on the other side`;
  const sign = move === null ? "●" : move === 0 ? "=" : `${move > 0 ? "▲" : "▼"}${Math.abs(move)}`;
  const kind = move === null ? "only" : move > 0 ? "up" : move < 0 ? "down" : "same";
  return el(
    "li",
    { class: `compare-hit ${kind}`, "data-id": hit.product_id },
    el("img", { src: hit.picture, alt: "", width: 40, height: 40, decoding: "async" }),
    el(
      "div",
      {},
      el("p", { class: "compare-title" }, hit.title),
      el("p", { class: "compare-small" }, [hit.category.at(-1), hit.price === null ? null : price(hit.price), `score ${hit.score.toFixed(3)}`].filter(Boolean).join(" · ")),
    ),
    el("span", { class: "compare-move", title: words }, el("span", { "aria-hidden": "true" }, sign), el("span", { class: "unseen" }, words)),
  );
}

function complain(error) {
  if (!(error instanceof Problem)) throw error;
  summary.textContent = [error.document.title, error.document.detail].filter(Boolean).join(": ");
  for (const one of sides) one.list.replaceChildren();
}
