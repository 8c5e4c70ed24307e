// Steps 11 to 13: add and normalise, the feed-forward network, add and normalise.

import { el, number } from "../shop/dom.js";
import { linear } from "./attention.js";
import { heatmap, scale, strip } from "./heatmap.js";
import { activation, bound, moments, num, phi, rowOf } from "./numbers.js";
import { agrees, formula, inputOf, layerPicker, names, part, readBy, say, small, tokenPicker, tools, value, worked } from "./parts.js";
import { colour, isDark } from "./palette.js";

const FOLD = 64;

/** x + what attention found, and LayerNorm. */
export function drawNorm1(w) {
  return addAndNorm(w, {
    before: inputOf(w, w.state.layer),
    added: `layer.${w.state.layer}.attention.output`,
    residual: `layer.${w.state.layer}.attention.residual`,
    result: `layer.${w.state.layer}.attention.normalized`,
    norm: `layers.${w.state.layer}.attention_norm`,
    words: ["the layer's input", "what attention found"],
    why: "What attention found is added to what the token was before, so nothing of it is lost on the way, and gradients find a straight path back.",
  });
}

/** x + what the feed-forward network made, and LayerNorm. */
export function drawNorm2(w) {
  return addAndNorm(w, {
    before: `layer.${w.state.layer}.attention.${w.walk.encoder.pre_norm ? "residual" : "normalized"}`,
    added: `layer.${w.state.layer}.feed_forward.output`,
    residual: `layer.${w.state.layer}.feed_forward.residual`,
    result: `layer.${w.state.layer}.feed_forward.normalized`,
    norm: `layers.${w.state.layer}.feed_forward_norm`,
    words: ["attention's result", "what the network made"],
    why: "The same again around the feed-forward network. The result is the output of this layer and the input of the next.",
  });
}

async function addAndNorm(w, { before, added, residual, result, norm, words, why }) {
  const { from, dim } = w.state;
  const [x, f, r, y] = (await Promise.all([before, added, residual, result].map((name) => w.values(name)))).map((found) => rowOf(found, from));
  const [gamma, beta] = await Promise.all(["weight", "bias"].map((kind) => w.table(`${norm}.${kind}`)));
  const first = w.walk.encoder.pre_norm;
  // What is normalised: the sum; in pre-norm layers what comes in, before anything is done with it.
  const [given, named] = first ? [x, before] : [r, residual];
  const { mean, variance } = moments(Array.from(given));
  const eps = w.walk.encoder.layer_norm_eps;
  const ours = ((given[dim] - mean) / Math.sqrt(variance + eps)) * gamma.data[dim] + beta.data[dim];
  const [sums, normal] = [scale({ max: bound(x, f, r) }), scale({ max: bound(y) })];
  const line = (row, name, colours) => el("div", {}, names(w, name), strip(row, { scale: colours, name, picked: dim, onpick: (place) => w.set({ dim: place }), height: 26 }));
  return [
    tools(layerPicker(w), tokenPicker(w, "from", "Token")),
    say(why, first ? " This encoder is pre-norm: LayerNorm comes before the half, and the sum is handed on as it is." : ""),
    sums.element,
    el("div", { class: "addend" }, el("span", { class: "sign-plus" }, ""), line(x, before, sums)),
    el("div", { class: "addend" }, el("span", { class: "sign-plus" }, "+"), line(f, added, sums)),
    el("div", { class: "addend" }, el("span", { class: "sign-plus" }, "="), line(r, residual, sums)),
    part(
      `Dimension ${dim}`,
      worked(`${words[0]} `, value(before, x[dim], 5), ` + ${words[1]} `, value(added, f[dim], 5), " = ", value(residual, r[dim], 5)),
      agrees(residual, x[dim] + f[dim], r[dim]),
    ),
    part(
      "LayerNorm",
      formula("(", value(named, given[dim], 5), " − mean ", value("mean", mean, 5), ") ÷ √(variance ", value("variance", variance, 5), ` + ${eps}) × γ `, value("gamma", gamma.data[dim], 4), " + β ", value("beta", beta.data[dim], 4), " = ", value(result, ours, 5)),
      agrees(result, ours, y[dim]),
      normal.element,
      line(y, result, normal),
      small(`Mean of the ${number(given.length)} numbers before: ${num(mean, 4)}, standard deviation ${num(Math.sqrt(variance), 4)}.`),
    ),
  ];
}

/** W_1, GELU, W_2. */
export async function drawFeedForward(w) {
  const { layer, from, unit, dim } = w.state;
  const name = (what) => `layer.${layer}.feed_forward.${what}`;
  const input = readBy(w, "feed_forward");
  const [x, h, a, y] = (await Promise.all([input, name("hidden"), name("activated"), name("output")].map((one) => w.values(one)))).map((found) => rowOf(found, from));
  const { activation: act, hidden, feed_forward: wide } = w.walk.encoder;
  const bend = activation(act);
  const [hiddenColours, activeColours, outColours] = [h, a, y].map((row) => scale({ max: bound(row) }));
  const folded = (row, colours, title) =>
    heatmap({ data: padded(row), rows: Math.ceil(row.length / FOLD), cols: FOLD, scale: colours, name: title, rowNames: (k) => `numbers ${k * FOLD} to ${k * FOLD + FOLD - 1}`, colNames: (k) => `+${k}`, picked: { row: Math.floor(unit / FOLD), col: unit % FOLD }, onpick: (row, col) => w.set({ unit: Math.min(wide - 1, row * FOLD + col) }), labels: false, rowHeight: 8 });
  const awake = a.reduce((count, value) => count + (value > 0.05 ? 1 : 0), 0);
  const gelu = act.startsWith("gelu");
  return [
    tools(layerPicker(w), tokenPicker(w, "from", "Token")),
    say("Now every token thinks for itself, without looking at the others: its vector is widened from ", el("b", {}, `${number(hidden)} to ${number(wide)}`), " numbers, bent by ", act === "relu" ? "ReLU" : "GELU", ", and narrowed again."),
    formula("F = ", gelu ? "GELU" : "ReLU", "(x W", el("sub", {}, "1"), " + b", el("sub", {}, "1"), ") W", el("sub", {}, "2"), " + b", el("sub", {}, "2")),
    part(
      `Widened: ${number(wide)} numbers, ${FOLD} a line`,
      names(w, name("hidden")),
      hiddenColours.element,
      folded(h, hiddenColours, name("hidden")),
      linear(w, { parameter: `layers.${layer}.feed_forward.hidden`, unit, x, traced: h[unit], name: name("hidden"), title: `number ${unit}` }),
    ),
    part(
      gelu ? "Bent by GELU" : "Bent by ReLU",
      names(w, name("activated")),
      el("div", { class: "halves" }, el("div", { class: "half" }, curve(h, a, unit, bend, act)), el("div", { class: "half" }, activeColours.element, folded(a, activeColours, name("activated")), small(`${number(awake)} of ${number(wide)} numbers are above 0.05: only these say much to W`, el("sub", {}, "2"), "."))),
      act === "gelu"
        ? worked("GELU(", value(name("hidden"), h[unit], 5), ") = x · Φ(x) = ", num(h[unit], 5), ` × ${num(phi(h[unit]), 5)} = `, el("b", {}, num(bend(h[unit]), 5)))
        : worked(`${act}(`, value(name("hidden"), h[unit], 5), ") = ", el("b", {}, num(bend(h[unit]), 5))),
      agrees(name("activated"), bend(h[unit]), a[unit]),
    ),
    part(
      `Narrowed: ${number(hidden)} numbers`,
      names(w, name("output")),
      outColours.element,
      strip(y, { scale: outColours, name: name("output"), picked: dim, onpick: (place) => w.set({ dim: place }), height: 26 }),
      linear(w, { parameter: `layers.${layer}.feed_forward.output`, unit: dim, x: a, traced: y[dim], name: name("output"), title: `number ${dim}` }),
    ),
  ];
}

function padded(row) {
  const found = new Float32Array(Math.ceil(row.length / FOLD) * FOLD);
  found.set(row);
  return found;
}

// The activation as a curve, with every number of this token on it.
function curve(h, a, unit, bend, act) {
  const [wide, high, left, right, low, top] = [520, 300, -4, 4, -0.6, 4];
  const canvas = el("canvas", { class: "curve", width: wide, height: high, role: "img", "aria-label": `${act}: number ${unit} is ${num(h[unit])} before and ${num(a[unit])} after` });
  const context = canvas.getContext("2d");
  const [x, y] = [(value) => ((value - left) / (right - left)) * wide, (value) => high - ((value - low) / (top - low)) * high];
  const style = getComputedStyle(document.documentElement);
  const [ink, line, tag] = ["--ink", "--edge", "--green"].map((name) => style.getPropertyValue(name));
  context.strokeStyle = line;
  context.globalAlpha = 0.7;
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(wide, y(0));
  context.moveTo(x(0), 0);
  context.lineTo(x(0), high);
  context.stroke();
  context.globalAlpha = 1;
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  for (let k = 0; k <= 200; k += 1) {
    const value = left + ((right - left) * k) / 200;
    context[k ? "lineTo" : "moveTo"](x(value), y(bend(value)));
  }
  context.stroke();
  context.globalAlpha = isDark() ? 0.45 : 0.3;
  for (let k = 0; k < h.length; k += 1) {
    context.fillStyle = colour(a[k], { kind: "diverging", max: 1 });
    context.beginPath();
    context.arc(x(h[k]), y(a[k]), 3.5, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
  context.fillStyle = tag;
  context.strokeStyle = ink;
  context.beginPath();
  context.arc(x(h[unit]), y(a[unit]), 7, 0, 7);
  context.fill();
  context.stroke();
  const beyond = h.reduce((count, value) => count + (value < left || value > right ? 1 : 0), 0);
  return el("figure", {}, canvas, el("figcaption", { class: "quiet small" }, `Every number of this token on the curve, from ${left} to ${right}${beyond ? ` (${beyond} lie beyond)` : ""}; the large dot is number ${unit}.`));
}
