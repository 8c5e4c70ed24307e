// The sentence vector: CLS, mean, max.

import { el } from "../shop/dom.js";
import { heatmap, scale, strip } from "./heatmap.js";
import { bound, dot, num } from "./numbers.js";
import { agrees, inputOf, names, part, say, small, table, tokenName, tr, value, worked } from "./parts.js";

const KINDS = [
  ["cls", "CLS", "the first token's vector; BERT's choice for classification"],
  ["mean", "Mean", "the mean of all tokens' vectors; the usual choice for comparing texts"],
  ["max", "Max", "in each place the greatest number of any token"],
];

/** From all tokens' vectors to one. */
export async function drawPool(w) {
  const { layers, hidden, pooling } = w.walk.encoder;
  const last = inputOf(w, layers);
  const states = await w.values(last);
  const { dim } = w.state;
  const count = states.shape[0];
  const column = Array.from({ length: count }, (_, place) => states.data[place * hidden + dim]);
  const winner = column.indexOf(Math.max(...column));
  const colours = scale({ max: bound(states.data) });
  const pooled = Object.fromEntries(Object.entries(w.walk.pooled).map(([kind, row]) => [kind, Float32Array.from(row)]));
  const mean = column.reduce((sum, x) => sum + x, 0) / count;
  const pick = (place) => w.set({ dim: place });
  const works = {
    cls: [`row 0, dimension ${dim}: `, value("pooled.cls", pooled.cls[dim], 5)],
    mean: [`(${column.slice(0, 4).map((x) => num(x, 3)).join(" + ")}${count > 4 ? ` + … ${count - 4} more` : ""}) ÷ ${count} = `, value("pooled.mean", pooled.mean[dim], 5)],
    max: ["the greatest is that of “", w.walk.tokens[winner], `” (${winner}): `, value("pooled.max", pooled.max[dim], 5)],
  };
  const ours = { cls: column[0], mean, max: column[winner] };
  return [
    say("The last layer gives one vector a token. For search they have to become one vector a text. This checkpoint takes ", el("b", {}, pooling === "pooler" ? "BERT's pooler: a dense layer and tanh over the first token" : pooling), "."),
    names(w, last),
    colours.element,
    heatmap({ data: states.data, rows: count, cols: hidden, scale: colours, name: last, rowNames: tokenName(w), colNames: (col) => `dimension ${col}`, picked: { col: dim }, onpick: (_, col) => pick(col) }),
    KINDS.map(([kind, title, meaning]) =>
      part(
        el("span", {}, title, kind === pooling ? el("span", { class: "used" }, "used by this checkpoint") : null),
        small(meaning, "."),
        strip(pooled[kind], { scale: colours, name: `pooled.${kind}`, picked: dim, onpick: pick, height: 30 }),
        worked(`dimension ${dim}: `, works[kind]),
        agrees(`pooled.${kind}`, ours[kind], pooled[kind][dim]),
      ),
    ),
    part(
      "How alike the three are",
      table(["", ...KINDS.map(([, title]) => title), "length"], KINDS.map(([kind, title]) => tr([el("th", { scope: "row" }, title), ...KINDS.map(([other]) => num(cosine(pooled[kind], pooled[other]), 3)), num(Math.sqrt(dot(pooled[kind], pooled[kind])), 3)])), { caption: "Cosines between the three vectors" }),
      small("Search compares vectors after bringing them to length 1, so only the direction counts."),
    ),
    w.walk.tokens.length > w.walk.encoder.max_tokens ? el("p", { class: "cut" }, `Search reads only the first ${w.walk.encoder.max_tokens} tokens; here all ${w.walk.tokens.length} are pooled.`) : null,
  ];
}

function cosine(a, b) {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}


