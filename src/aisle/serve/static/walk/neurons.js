// One token's query against every key, element by element.

import { el } from "../shop/dom.js";
import { paint, scale, strip } from "./heatmap.js";
import { bound, dot, num, ranked, rowOf } from "./numbers.js";
import { bar, boxes, headPicker, layerPicker, names, part, say, small, tokenPicker, tools, value } from "./parts.js";
import { passes, sidePicker } from "./sides.js";

const MOST = 48;

/** The neuron view: q, k, q × k, their sum, the weight. */
export async function drawNeurons(w) {
  const { layer, head, from } = w.state;
  const at = (what) => `layer.${layer}.attention.${what}`;
  const [query, key, scores, weights] = await Promise.all(["query", "key", "scores", "weights"].map((what) => w.values(at(what), { head })));
  const q = rowOf(query, from);
  const pass = passes(w);
  const places = Array.from(w.walk.tokens.keys()).filter((j) => pass(from, j));
  const row = rowOf(weights, from);
  const shown = places.length <= MOST ? places : ranked(row).filter((j) => pass(from, j)).slice(0, MOST);
  const colours = scale({ max: Math.max(bound(q), bound(key.data)) });
  const products = shown.map((j) => Float32Array.from(rowOf(key, j), (x, k) => x * q[k]));
  const product = scale({ max: bound(...(products.length ? products : [q])), pointed: false });
  const mean = Array.from(q, (_, k) => shown.reduce((sum, j, n) => sum + products[n][k] * row[j], 0) - shown.reduce((sum, _j, n) => sum + products[n][k], 0) / Math.max(1, shown.length));
  const spread = scale({ max: bound(mean) });
  return [
    tools(layerPicker(w), headPicker(w), tokenPicker(w, "from", "From"), sidePicker(w)),
    say("The query of “", el("b", {}, w.walk.tokens[from]), "” meets the key of every token. Each column is one of the ", String(q.length), " numbers of this head: where query and key have the same sign and size, the column is orange and lifts the score."),
    names(w, at("query"), at("key"), at("scores"), at("weights")),
    el("div", { class: "neuron-scales" }, el("div", {}, el("span", { class: "quiet small" }, "q and k"), colours.element), el("div", {}, el("span", { class: "quiet small" }, "q × k"), product.element)),
    part(el("span", {}, "q of “", w.walk.tokens[from], "”"), strip(q, { scale: colours, name: "q", height: 26 })),
    el(
      "div",
      { class: "neurons" },
      el("div", { class: "neuron-row neuron-head", "aria-hidden": "true" }, ["to", "k", "q × k", "q·k", "÷√d", "weight"].map((text) => el("span", {}, text))),
      shown.map((j, n) =>
        el(
          "button",
          { type: "button", class: "neuron-row", "data-key": `neuron-${j}`, "aria-label": `${w.walk.tokens[j]}: score ${num(scores.data[from * scores.shape[1] + j])}, weight ${num(row[j])}; show it number by number`, onclick: () => w.set({ to: j, step: "score" }) },
          el("span", { class: "blend-name" }, w.walk.tokens[j]),
          thin(rowOf(key, j), colours),
          thin(products[n], product),
          el("span", { class: "neuron-number" }, num(dot(q, rowOf(key, j)), 2)),
          el("span", { class: "neuron-number" }, value(`score ${j}`, scores.data[from * scores.shape[1] + j], 2)),
          el("span", { class: "neuron-number" }, value(`weight ${j}`, row[j], 3), bar(row[j])),
        ),
      ),
    ),
    shown.length < places.length ? small(`The ${shown.length} tokens with the most weight, of ${places.length}.`) : null,
    part(
      "Which numbers decide",
      small("For each number: q × k of the tokens that are looked at, above the mean over all shown. Orange ones draw this token's attention where it goes."),
      boxes(mean, spread, { label: "decides" }),
    ),
    small("Click a row to work its score out number by number."),
  ];
}

function thin(row, colours) {
  const canvas = el("canvas", { class: "thin", width: row.length, height: 1 });
  paint(canvas, row, colours);
  return canvas;
}
