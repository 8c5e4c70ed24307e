// Steps 6 to 10: one head, from Q, K and V to the heads joined.

import { el } from "../shop/dom.js";
import { heatmap, scale, strip } from "./heatmap.js";
import { bound, dot, num, ranked, rowOf } from "./numbers.js";
import { agrees, bar, boxes, formula, headPicker, layerPicker, names, part, readBy, say, small, table, terms, tokenName, tokenPicker, tools, tr, value, worked } from "./parts.js";

const at = (w, what) => `layer.${w.state.layer}.attention.${what}`;
const ofHead = (w, what) => w.values(at(w, what), { head: w.state.head });
const MOST_ROWS = 24;

/** Q, K and V of one head. */
export async function drawQkv(w) {
  const { layer, head, from, dim } = w.state;
  const size = w.walk.encoder.head_size;
  const kinds = ["query", "key", "value"];
  const [x, ...found] = await Promise.all([w.values(readBy(w, "attention")), ...kinds.map((kind) => ofHead(w, kind))]);
  const k = Math.min(dim, size - 1);
  const colours = scale({ max: bound(...found.map((one) => one.data)) });
  const inputs = scale({ max: bound(x.data) });
  const letters = ["Q", "K", "V"];
  const meanings = ["what each token looks for", "what each token is found by", "what each token gives"];
  return [
    tools(layerPicker(w), headPicker(w), tokenPicker(w, "from", "Token")),
    say("The layer's input goes through three matrices per head. Each token then has a query, a key and a value of ", el("b", {}, `${size} numbers`), `: ${w.walk.encoder.hidden} ÷ ${w.walk.encoder.heads} heads.`),
    part(`What attention reads in layer ${layer}: X`, names(w, readBy(w, "attention")), inputs.element, strip(rowOf(x, from), { scale: inputs, name: `X of ${w.walk.tokens[from]}`, label: w.walk.tokens[from] })),
    el("p", { class: "step-names" }, colours.element),
    kinds.map((kind, n) => {
      const row = rowOf(found[n], from);
      return part(
        [letters[n], el("span", { class: "quiet" }, ` = X W`, el("sub", {}, letters[n]), ` + b: ${meanings[n]}`)],
        names(w, at(w, kind)),
        heatmap({ data: found[n].data, rows: found[n].shape[0], cols: size, scale: colours, name: at(w, kind), rowNames: tokenName(w), colNames: (col) => `number ${col}`, picked: { row: from, col: k }, onpick: (row, col) => w.set({ from: row, dim: col }) }),
        el("h4", {}, `${letters[n].toLowerCase()} of “${w.walk.tokens[from]}” in head ${head}`),
        boxes(row, colours, { label: kind, picked: k, onpick: (dim) => w.set({ dim }) }),
        linear(w, { parameter: `layers.${layer}.attention.${kind}`, unit: head * size + k, x: rowOf(x, from), traced: row[k], name: at(w, kind), title: `number ${k}` }),
      );
    }),
  ];
}

// One number of x W + b, with its greatest terms; without the matrix where the file does not hold it.
function linear(w, { parameter, unit, x, traced, name, title }) {
  const place = el("div", { class: "linear" });
  (async () => {
    if (!w.live) return place.append(small("The large matrices are not in this file; ", el("code", {}, "aisle inspect --serve"), " works this number out from them."));
    const [weights, bias] = await Promise.all([w.table(`${parameter}.weight`, `${unit}:${unit + 1}`), w.table(`${parameter}.bias`, `${unit}:${unit + 1}`)]);
    const [nodes, sum] = terms(x, weights.data, bias.data[0]);
    return place.append(worked(`${title}: `, nodes, " = ", el("b", {}, num(sum, 5))), agrees(name, sum, traced));
  })().catch((problem) => place.append(small(problem.message)));
  return place;
}

export { linear };

/** The score of one pair of tokens, number by number. */
export async function drawScore(w) {
  const { from, to } = w.state;
  const [query, key, scores] = await Promise.all([ofHead(w, "query"), ofHead(w, "key"), ofHead(w, "scores")]);
  const [q, k] = [rowOf(query, from), rowOf(key, to)];
  const products = Array.from(q, (x, n) => x * k[n]);
  const colours = scale({ max: Math.max(bound(q), bound(k)) });
  const product = scale({ max: bound(products) });
  const total = products.reduce((sum, x) => sum + x, 0);
  const root = Math.sqrt(q.length);
  const all = scale({ max: bound(scores.data), places: 4 });
  const size = scores.shape[0];
  const [a, b] = [w.walk.tokens[from], w.walk.tokens[to]];
  return [
    tools(layerPicker(w), headPicker(w), tokenPicker(w, "from", "From"), tokenPicker(w, "to", "To")),
    say("How well does what “", el("b", {}, a), "” looks for fit what “", el("b", {}, b), "” is found by? The query of one times the key of the other, number by number, and all of that added up."),
    formula("score = q · k ÷ √", String(q.length)),
    part(
      null,
      el("h4", {}, "q of “", a, "”"), boxes(q, colours, { label: "q" }),
      el("h4", {}, "× k of “", b, "”"), boxes(k, colours, { label: "k" }),
      el("h4", {}, "= q × k"), boxes(products, product, { label: "q×k" }),
    ),
    worked("q · k = ", value("q·k", total, 5), el("br"), `score = ${num(total, 5)} ÷ √${q.length} = ${num(total, 5)} ÷ ${num(root, 5)} = `, value("score", total / root, 5)),
    agrees(at(w, "scores"), total / root, rowOf(scores, from)[to]),
    part(
      "All scores of this head",
      names(w, at(w, "scores")),
      small("From each token (row) to each token (column). Click a cell to work it out above."),
      all.element,
      heatmap({ data: scores.data, rows: size, cols: size, scale: all, name: at(w, "scores"), rowNames: (row) => `from ${tokenName(w)(row)}`, colNames: (col) => `to ${tokenName(w)(col)}`, picked: { row: from, col: to }, onpick: (row, col) => w.set({ from: row, to: col }), square: true, labels: size <= 32 }),
    ),
  ];
}

/** Softmax over one row. */
export async function drawSoftmax(w) {
  const { from } = w.state;
  const [scores, weights] = await Promise.all([ofHead(w, "scores"), ofHead(w, "weights")]);
  const [row, traced] = [rowOf(scores, from), rowOf(weights, from)];
  const most = Math.max(...row);
  const powers = Array.from(row, (x) => Math.exp(x - most));
  const total = powers.reduce((sum, x) => sum + x, 0);
  const sum = traced.reduce((before, x) => before + x, 0);
  const order = ranked(traced);
  const shown = row.length <= MOST_ROWS + 8 ? Array.from(row.keys()) : order.slice(0, MOST_ROWS);
  const gap = Math.max(...powers.map((x, j) => Math.abs(x / total - traced[j])));
  const all = scale({ kind: "sequential", max: 1, places: 4 });
  return [
    tools(layerPicker(w), headPicker(w), tokenPicker(w, "from", "From")),
    say("Every score of the row becomes e to its power; divided by their sum, they are shares of one whole. (The greatest score is taken off first. It changes nothing in the shares, and keeps the powers small.)"),
    formula("weight", el("sub", {}, "j"), " = e", el("sup", {}, "score j − max"), " ÷ Σ e", el("sup", {}, "score − max")),
    names(w, at(w, "scores"), at(w, "weights")),
    table(
      ["to", "score", "− max", "e^", "÷ sum = weight", ""],
      shown.map((j) => tr([w.walk.tokens[j], num(row[j]), num(row[j] - most), num(powers[j]), value(`weight ${j}`, traced[j], 6), bar(traced[j])], { class: j === w.state.to ? "chosen" : "" })),
      { caption: `Softmax of the row of ${w.walk.tokens[from]}` },
    ),
    shown.length < row.length ? small(`The ${shown.length} greatest of ${row.length}; the sums are over all.`) : null,
    worked("Σ e^ = ", value("sum of powers", total, 5), "; the weights of the row add up to ", value("row sum", sum, 6)),
    small(`✓ Worked out here and in the trace: no weight differs by more than ${gap === 0 ? "0" : gap.toExponential(0).replace("-", "−")}.`),
    part(
      "All weights of this head",
      small("Every row adds up to 1."),
      all.element,
      heatmap({ data: weights.data, rows: row.length, cols: row.length, scale: all, name: at(w, "weights"), rowNames: (i) => `from ${tokenName(w)(i)}`, colNames: (j) => `to ${tokenName(w)(j)}`, picked: { row: from }, onpick: (i, j) => w.set({ from: i, to: j }), square: true, labels: row.length <= 32 }),
    ),
  ];
}

/** The weighted sum of the values. */
export async function drawContext(w) {
  const { from, dim, head } = w.state;
  const [weights, values, context] = await Promise.all([ofHead(w, "weights"), ofHead(w, "value"), ofHead(w, "context")]);
  const row = rowOf(weights, from);
  const result = rowOf(context, from);
  const k = Math.min(dim, result.length - 1);
  const order = ranked(row);
  const shown = order.slice(0, Math.min(8, row.length));
  const parts = shown.map((j) => rowOf(values, j).map((x) => x * row[j]));
  const colours = scale({ max: Math.max(bound(result), ...parts.map((one) => bound(one))) });
  const total = row.reduce((sum, x, j) => sum + x * rowOf(values, j)[k], 0);
  const rest = order.slice(shown.length).reduce((sum, j) => sum + row[j] * rowOf(values, j)[k], 0);
  return [
    tools(layerPicker(w), headPicker(w), tokenPicker(w, "from", "Token")),
    say("“", el("b", {}, w.walk.tokens[from]), "” takes from every token's value as much as its weight says. The sum is what head ", String(head), " found for it: a blend of the whole text."),
    names(w, at(w, "weights"), at(w, "value"), at(w, "context")),
    colours.element,
    el(
      "div",
      { class: "blend" },
      shown.map((j, n) => el("div", { class: "blend-row" }, el("span", { class: "blend-name" }, w.walk.tokens[j]), el("span", { class: "blend-weight" }, num(row[j], 4)), strip(parts[n], { scale: colours, name: `weight × value of ${w.walk.tokens[j]}`, picked: k, onpick: (dim) => w.set({ dim }) }))),
      row.length > shown.length ? small(`and ${row.length - shown.length} more tokens with less weight`) : null,
      el("div", { class: "blend-row total" }, el("span", { class: "blend-name" }, "sum"), el("span", { class: "blend-weight" }, num(row.reduce((sum, x) => sum + x, 0), 4)), strip(result, { scale: colours, name: at(w, "context"), picked: k, onpick: (dim) => w.set({ dim }) })),
    ),
    part(
      `Number ${k} of it`,
      worked(shown.slice(0, 6).flatMap((j, n) => [n ? " + " : "", el("span", { class: "term" }, `${num(row[j], 4)} × ${num(rowOf(values, j)[k], 4)}`, el("sub", {}, w.walk.tokens[j]))]), row.length > 6 ? ` + ${row.length - 6} more (${num(shown.slice(6).reduce((sum, j) => sum + row[j] * rowOf(values, j)[k], rest), 4)})` : "", " = ", el("b", {}, num(total, 5))),
      agrees(at(w, "context"), total, result[k]),
      boxes(result, colours, { label: "context", picked: k, onpick: (dim) => w.set({ dim }) }),
    ),
  ];
}

/** The heads side by side, times W_O. */
export async function drawJoin(w) {
  const { layer, from, dim, head } = w.state;
  const { heads, head_size: size, hidden } = w.walk.encoder;
  const [joined, output] = await Promise.all([w.values(at(w, "concatenated")), w.values(at(w, "output"))]);
  const [z, y] = [rowOf(joined, from), rowOf(output, from)];
  const [before, after] = [scale({ max: bound(z) }), scale({ max: bound(y) })];
  const marks = el("div", { class: "head-marks" }, Array.from({ length: heads }, (_, h) => el("button", { type: "button", class: h === head ? "chosen" : "", "data-key": `mark-${h}`, onclick: () => w.set({ head: h, step: "context" }), "aria-label": `head ${h}` }, String(h))));
  return [
    tools(layerPicker(w), tokenPicker(w, "from", "Token")),
    say(`What the ${heads} heads found for “`, el("b", {}, w.walk.tokens[from]), `” is put side by side, ${heads} × ${size} = ${hidden} numbers, and mixed by the matrix W`, el("sub", {}, "O"), "."),
    names(w, at(w, "concatenated")),
    before.element,
    el("div", { class: "joined" }, marks, strip(z, { scale: before, name: at(w, "concatenated"), height: 30 })),
    names(w, at(w, "output")),
    after.element,
    strip(y, { scale: after, name: at(w, "output"), picked: dim, onpick: (place) => w.set({ dim: place }), height: 30 }),
    part(`Number ${dim} of the output, and which heads it comes from`, byHead(w, { layer, dim, z, traced: y[dim], heads, size })),
  ];
}

function byHead(w, { layer, dim, z, traced, heads, size }) {
  const place = el("div");
  (async () => {
    if (!w.live) return place.append(small("The large matrices are not in this file; ", el("code", {}, "aisle inspect --serve"), " works this number out from them."));
    const [weights, bias] = await Promise.all(["weight", "bias"].map((kind) => w.table(`layers.${layer}.attention.output.${kind}`, `${dim}:${dim + 1}`)));
    const shares = Array.from({ length: heads }, (_, h) => dot(z.subarray(h * size, (h + 1) * size), weights.data.subarray(h * size, (h + 1) * size)));
    const total = shares.reduce((sum, x) => sum + x, bias.data[0]);
    const most = Math.max(...shares.map(Math.abs), 1e-9);
    return place.append(
      el("div", { class: "by-head" }, shares.map((share, h) => {
        const fill = el("i", { class: share < 0 ? "negative" : "" });
        fill.style.height = `${(Math.abs(share) / most) * 100}%`;
        return el("span", { title: `head ${h}: ${num(share, 5)}` }, el("span", { class: "column" }, fill), el("span", { class: "quiet" }, String(h)), el("span", { class: "by-head-number" }, num(share, 2)));
      })),
      worked("all heads together + bias ", num(bias.data[0], 5), " = ", el("b", {}, num(total, 5))),
      agrees(at(w, "output"), total, traced),
    );
  })().catch((problem) => place.append(small(problem.message)));
  return place;
}
