// Steps 4 and 5: the three embeddings that add up, and the tables of positions.

import { el, number } from "../shop/dom.js";
import { heatmap, scale } from "./heatmap.js";
import { bound, dot, moments, rowOf } from "./numbers.js";
import { agrees, formula, names, part, say, small, tokenPicker, tokenName, tools, value, worked } from "./parts.js";

/** Token + position + segment, then LayerNorm. */
export async function drawSum(w) {
  const kinds = ["token", "position", ...(w.walk.steps["embeddings.segment"] ? ["segment"] : []), "sum"];
  const found = Object.fromEntries(await Promise.all([...kinds, "normalized"].map(async (kind) => [kind, await w.values(`embeddings.${kind}`)])));
  const [rows, cols] = found.sum.shape;
  const { from, dim } = w.state;
  const shared = scale({ max: bound(...kinds.map((kind) => found[kind].data)) });
  const own = scale({ max: bound(found.normalized.data) });
  const map = (kind, colours) =>
    heatmap({ data: found[kind].data, rows, cols, scale: colours, name: `embeddings.${kind}`, rowNames: tokenName(w), colNames: (col) => `dimension ${col}`, picked: { row: from, col: dim }, onpick: (row, col) => w.set({ from: row, dim: col }) });
  const at = (kind) => rowOf(found[kind], from)[dim];
  const { mean, variance } = moments(Array.from(rowOf(found.sum, from)));
  const [gamma, beta] = await Promise.all(["weight", "bias"].map((kind) => w.table(`embeddings.norm.${kind}`)));
  const eps = w.walk.encoder.layer_norm_eps;
  const normalized = ((at("sum") - mean) / Math.sqrt(variance + eps)) * gamma.data[dim] + beta.data[dim];
  return [
    say("Each token brings three vectors: what it is, where it stands, and which text it belongs to. They are added place by place. The result is the input matrix: ", el("b", {}, `${rows} tokens × ${cols} numbers`), "."),
    shared.element,
    kinds.map((kind, k) => [el("div", { class: "addend" }, el("span", { class: "sign-plus", "aria-hidden": "true" }, kind === "sum" ? "=" : k ? "+" : ""), el("div", {}, names(w, `embeddings.${kind}`), map(kind, shared)))]),
    part(
      "One number of it",
      tools(tokenPicker(w, "from", "Token")),
      worked(`dimension ${dim} of “${w.walk.tokens[from]}”: `, kinds.slice(0, -1).flatMap((kind, k) => [k ? " + " : "", value(`embeddings.${kind}`, at(kind), 5)]), " = ", value("embeddings.sum", at("sum"), 5)),
      small("Choose another one by clicking into a picture."),
    ),
    part(
      "LayerNorm",
      say("Every token's vector is brought to mean 0 and variance 1, then stretched by γ and moved by β, which were learned. That is what the first layer is given."),
      names(w, "embeddings.normalized"),
      own.element,
      map("normalized", own),
      formula("(", value("sum", at("sum"), 5), " − mean ", value("mean", mean, 5), ") ÷ √(variance ", value("variance", variance, 5), ` + ${eps}) × γ `, value("gamma", gamma.data[dim], 4), " + β ", value("beta", beta.data[dim], 4), " = ", value("embeddings.normalized", normalized, 5)),
      agrees("embeddings.normalized", normalized, at("normalized")),
    ),
  ];
}

/** Learned and sinusoidal position vectors side by side. */
export async function drawPositions(w) {
  const [learned, waves] = await Promise.all([w.table("position"), w.table("sinusoidal")]);
  const side = (title, found, remark) => {
    const [rows, cols] = found.shape;
    const colours = scale({ max: bound(found.data) });
    const alike = likeness(found);
    const same = scale({ max: 1 });
    return el(
      "section",
      { class: "half" },
      el("h3", {}, title),
      small(remark),
      colours.element,
      heatmap({ data: found.data, rows, cols, scale: colours, name: `${title} position table`, rowNames: (row) => `position ${row}`, colNames: (col) => `dimension ${col}`, rowHeight: Math.max(0.5, 360 / rows), labels: false, picked: { row: w.state.from } }),
      small(`${number(rows)} positions × ${number(cols)} dimensions, position 0 on top; the frame is position ${w.state.from}, “${w.walk.tokens[w.state.from]}”.`),
      el("h4", {}, "How alike the positions are"),
      same.element,
      heatmap({ data: alike.data, rows: alike.size, cols: alike.size, scale: same, name: `${title} positions: cosine of each with each`, rowNames: (row) => `position ${row * alike.step}`, colNames: (col) => `position ${col * alike.step}`, labels: false, square: true }),
      small(alike.step > 1 ? `Cosine of every ${alike.step}th position with every ${alike.step}th.` : "Cosine of every position with every other."),
    );
  };
  return [
    say("Attention by itself does not know which token comes first, so each position has a vector of its own. This encoder learned them. The Transformer of 2017 took waves instead: ", formula("PE(p, 2i) = sin(p / 10000", el("sup", {}, "2i/D"), ")   PE(p, 2i+1) = cos(p / 10000", el("sup", {}, "2i/D"), ")")),
    el("div", { class: "halves" }, side("Learned", learned, `The table of ${w.walk.encoder.name}: embeddings.position.`), side("Sinusoidal", waves, "By the formula, in the same size; no learning.")),
    say("Both put neighbours close to each other, which is the strong band along the diagonal. The waves do it by construction and at every length; the learned table only as far as it was trained."),
  ];
}

// Cosines between positions; of a long table every few rows, so that the page never stops for it.
function likeness({ shape, data }) {
  const [rows, cols] = shape;
  const step = rows > 128 ? Math.ceil(rows / 128) : 1;
  const units = [];
  for (let row = 0; row < rows; row += step) {
    const line = data.subarray(row * cols, (row + 1) * cols);
    const length = Math.sqrt(dot(line, line)) || 1;
    units.push(line.map((x) => x / length));
  }
  const found = new Float32Array(units.length ** 2);
  for (let i = 0; i < units.length; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const cosine = dot(units[i], units[j]);
      found[i * units.length + j] = cosine;
      found[j * units.length + i] = cosine;
    }
  }
  return { data: found, size: units.length, step };
}
