// Evaluations: a table by kind and data, bars where several were measured on the same data, and one in full.

import { get } from "../shop/api.js";
import { el } from "../shop/dom.js";
import { confusion, scatter } from "./figures.js";
import { ago, command, empty, figure, table } from "./parts.js";

// What a person compares first, by kind of evaluation.
const MAIN = {
  sts: ["spearman", "pearson"],
  transfer: ["accuracy"],
  search: ["recall@20", "ndcg@10", "mrr@10"],
  suggest: ["success@10", "mrr@10", "keystrokes_saved", "duplicates@10"],
  classifier: ["accuracy", "macro_f1"],
};

/** The elements that show the evaluation of `keys`, or all of them. */
export async function showEvaluations(listing, keys) {
  if (!listing.evaluations.length) {
    return [empty("No evaluations kept yet", `Looked in ${listing.places.join(", ") || "no directory"}. Every evaluation takes --record DIR and keeps its numbers there.`, "aisle evaluate sts --data pairs.tsv --record runs")];
  }
  const groups = new Map();
  for (const one of listing.evaluations) {
    const name = `${one.kind} on ${one.data.join(", ")}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const sections = [...groups].map(([name, members]) => group(name, members));
  if (!keys.length) return sections;
  const whole = await get(`/api/lab/evaluations/${encodeURIComponent(keys[0])}`, {});
  return [inFull(whole), ...sections];
}

function columns(members) {
  const main = MAIN[members[0].kind] ?? [];
  const has = (name) => members.some((one) => name in one.scores);
  const chosen = main.filter(has);
  return chosen.length ? chosen : [...new Set(members.flatMap((one) => Object.keys(one.scores)))].slice(0, 4);
}

function group(name, members) {
  const names = columns(members);
  const best = Object.fromEntries(names.map((column) => [column, Math.max(...members.map((one) => one.scores[column] ?? -Infinity))]));
  const rows = members.map((one) => [
    el("a", { href: `#evaluations=${one.key}` }, one.subject || one.name),
    ...names.map((column) => bar(one.scores[column], best[column])),
    ago(one.finished),
  ]);
  return el("section", { class: "card" }, el("h2", {}, name), table(["what", ...names, "when"], rows, []));
}

/** A number with a bar that is full at the best of its column. */
function bar(value, best) {
  if (value === undefined) return "–";
  const filled = el("span", { class: "bar" });
  filled.style.inlineSize = `${Math.max(0, Math.min(100, (100 * value) / (best || 1)))}%`;
  return el("span", { class: "barred" }, el("b", {}, figure(value)), el("span", { class: "bar-room" }, filled));
}

function inFull(one) {
  const scores = Object.entries(one.scores).map(([name, value]) => [name, figure(value)]);
  const drawing = one.figure?.kind === "scatter" ? scatter(one.figure) : one.numbers.confusion ? confusion(one.numbers) : null;
  return el(
    "section",
    { class: "card in-full" },
    el("h2", {}, `${one.subject}: ${one.kind}`),
    el("p", { class: "quiet" }, ago(one.finished), ` on ${one.data.map((path) => path.split("/").at(-1)).join(", ")}`),
    el("div", { class: "charts" }, drawing, table(["number", "value"], scores, [1])),
    command(one.command),
  );
}
