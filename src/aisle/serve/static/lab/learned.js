// What the shop's versions learned: the ranker with its features and figures, and how the encoder passed the gate.

import { el } from "../shop/dom.js";
import { ago, command, empty, figure, table } from "./parts.js";

/** The elements that show every version and every ranker's file. */
export async function showLearned(listing) {
  if (!listing.versions.length && !listing.rankers.length) {
    return [empty("No version yet", "A build learns how hits are best ordered, from what shoppers put into carts, and keeps here what came of it.", "aisle shop build SHOP")];
  }
  return [...listing.versions.map(version), ...listing.rankers.map(file)];
}

function version(one) {
  // The figures that stand behind the semicolon are in the table.
  const told = one.ranker?.report ? one.told.split(";")[0] : one.told;
  const badge = one.live ? el("span", { class: "live-badge" }, "live") : "";
  return el(
    "section",
    { class: "card learned" },
    el("h2", {}, `Version ${one.version} `, badge),
    el("p", { class: "quiet" }, "built ", ago(one.created), `, encoder ${one.encoder}. Order of hits: ${told}.`),
    ranker(one.ranker),
    gate(one.gate),
    one.ranker ? "" : command(["aisle", "shop", "rank", "SHOP"], "Once the log has enough searches, a build learns a ranker by itself; this shows its figures:"),
  );
}

function file(one) {
  return el("section", { class: "card learned" }, el("h2", {}, `Ranker ${one.name}`), el("p", { class: "quiet" }, "written ", ago(one.created)), ranker(one.ranker));
}

/** Figures before and after, what was learned from, and how much each feature moves. */
function ranker(one) {
  if (!one) return "";
  if (!one.report) return el("p", { class: "quiet" }, "It was learned by an older aisle, which kept no figures; learn it anew to see them.");
  const report = one.report;
  const from = [
    [figure(report.queries), "queries learned from"],
    [figure(report.rows), "candidates of these"],
    [figure(report.held_out), "queries held out and measured on"],
    [figure(report.trees), `trees of ${one.settings.levels} levels`],
    ...(report.without_candidates ? [[figure(report.without_candidates), "queries left out: nothing wanted among their candidates"]] : []),
    ...(report.cutoff === null ? [] : [[figure(report.cutoff), "smallest cosine of a product that holds hardly any word of the query"]]),
  ];
  return el(
    "div",
    { class: "charts" },
    el(
      "div",
      {},
      el("h3", {}, "The ranker on queries held out"),
      columns(report.before, report.after, ["without", "with"]),
      el("p", { class: report.accepted ? "quiet" : "quiet differs" }, `${report.accepted ? "Accepted" : "Not accepted"}: ${report.reason}.`),
      el("dl", { class: "facts" }, from.flatMap(([number, what]) => [el("dt", {}, number), el("dd", {}, what)])),
    ),
    features(one.features),
  );
}

/** How much of all moving of scores each feature does. Those that move nothing are named below. */
function features(all) {
  if (!all.length) return "";
  const [moving, still] = [all.filter((one) => one.share > 0), all.filter((one) => !one.share)];
  const most = moving[0]?.share ?? 1;
  const rows = moving.map((one) => {
    const filled = el("span", { class: "bar" });
    filled.style.inlineSize = `${(100 * one.share) / most}%`;
    return el(
      "li",
      {},
      el("span", { class: "feature" }, el("b", {}, one.name.replaceAll("_", " ")), el("span", { class: "quiet" }, one.meaning)),
      el("span", { class: "share" }, `${(100 * one.share).toFixed(1)} %`),
      el("span", { class: "bar-room" }, filled),
    );
  });
  return el(
    "div",
    {},
    el("h3", {}, "What moves a product up or down"),
    el("p", { class: "quiet" }, "Each feature's share in all moving of scores, over the candidates learned from."),
    el("ol", { class: "features" }, rows),
    still.length ? el("p", { class: "quiet" }, `Move nothing here: ${still.map((one) => one.name.replaceAll("_", " ")).join(", ")}.`) : "",
  );
}

function gate(one) {
  if (!one) return "";
  return el(
    "div",
    {},
    el("h3", {}, `The encoder at the gate, ${figure(one.queries)} queries held out`),
    columns(one.live, one.candidate, ["live before", "new"]),
    el("p", { class: one.accepted ? "quiet" : "quiet differs" }, `${one.accepted ? "Accepted" : "Taken live by force"}: ${one.reason}.`),
  );
}

/** Two columns of figures and their difference. */
function columns(before, after, heads) {
  const names = Object.keys(after ?? {});
  if (!names.length) return "";
  const rows = names.map((name) => {
    const change = after[name] - before[name];
    return [name, before[name].toFixed(4), after[name].toFixed(4), `${change > 0 ? "+" : change < 0 ? "−" : "±"}${Math.abs(change).toFixed(4)}`];
  });
  return table(["", ...heads, "change"], rows, [1, 2, 3]);
}
