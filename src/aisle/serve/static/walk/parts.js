// The parts that the steps are drawn with.

import { el } from "../shop/dom.js";
import { num } from "./numbers.js";
import { colour, inkOn } from "./palette.js";

/** What a layer is given, by its name; for a number beyond the last layer, what the encoder gives. */
export function inputOf(w, layer) {
  const { layers, pre_norm: first } = w.walk.encoder;
  if (!layer) return "embeddings.normalized";
  if (first) return layer === layers ? "normalized" : `layer.${layer - 1}.feed_forward.residual`;
  return `layer.${layer - 1}.feed_forward.normalized`;
}

/** What attention or the feed-forward network of the chosen layer reads: pre-norm layers normalise it first. */
export function readBy(w, half) {
  const { layer } = w.state;
  if (w.walk.encoder.pre_norm) return `layer.${layer}.${half}.normalized`;
  return half === "attention" ? inputOf(w, layer) : `layer.${layer}.attention.normalized`;
}

/** A heading of a part of a step. */
export function part(title, ...children) {
  return el("section", { class: "part" }, title ? el("h3", {}, title) : null, children);
}

/** A sentence or two. */
export function say(...children) {
  return el("p", { class: "say" }, children);
}

/** A line of small print. */
export function small(...children) {
  return el("p", { class: "quiet small" }, children);
}

/** The documented name of an intermediate with its shape in letters and numbers. */
export function stepName(w, name) {
  const step = w.walk.steps[name];
  return el("span", { class: "step-name", title: step.meaning }, el("code", {}, name), el("span", {}, `${[...step.axes].join(" × ")} = ${step.shape.join(" × ")}`));
}

/** A row of documented names. */
export function names(w, ...wanted) {
  return el("p", { class: "step-names" }, wanted.map((name) => stepName(w, name)));
}

/** A formula in its own line; pieces are text or nodes. */
export function formula(...pieces) {
  return el("p", { class: "formula" }, pieces);
}

/** A number that a test or a reader can find: `what` says which one it is. */
export function value(what, x, places = 4) {
  return el("b", { class: "value", "data-value": what, title: String(x) }, num(x, places));
}

/** A sum worked out term by term: pieces of text and values. */
export function worked(...pieces) {
  return el("p", { class: "worked" }, pieces);
}

/** What the page worked out beside what the trace says. */
export function agrees(name, ours, traced) {
  const gap = Math.abs(ours - traced);
  const fine = gap <= 1e-4 * Math.max(1, Math.abs(traced));
  return el(
    "p",
    { class: fine ? "agrees" : "agrees differs" },
    fine ? "✓ " : "✗ ",
    el("code", {}, name),
    " in the trace: ",
    value(name, traced, 6),
    el("span", { class: "quiet" }, ` (worked out here: ${num(ours, 6)}, apart by ${gap === 0 ? "0" : gap.toExponential(0).replace("-", "−")})`),
  );
}

/** Numbers of a row in coloured boxes; `onpick(k)` makes them buttons. */
export function boxes(row, scale, { label, picked, onpick, most = 128 } = {}) {
  const shown = Array.from(row.slice(0, most));
  const made = shown.map((x, k) => {
    const box = el(onpick ? "button" : "span", { class: "box", ...(onpick ? { type: "button", "data-key": `box-${label}-${k}`, "aria-pressed": String(picked === k), onclick: () => onpick(k), "aria-label": `${label} ${k}: ${num(x)}` } : {}) }, x.toFixed(2).replace("-", "−"));
    box.style.background = colour(x, scale);
    box.style.color = inkOn(x, scale);
    return box;
  });
  return el("div", { class: "boxes", "data-boxes": label }, made, row.length > most ? el("span", { class: "quiet small" }, `and ${row.length - most} more`) : null);
}

const SLICE = 96;

/** Put many elements into a parent: the first ones at once, the others a slice a frame, so that the page stays free. */
export function fill(parent, count, make, first = SLICE) {
  const add = (from, end) => parent.append(...Array.from({ length: Math.min(end, count) - from }, (_, k) => make(from + k)));
  add(0, first);
  const next = (from) => {
    if (from >= count) return;
    requestAnimationFrame(() => {
      if (!parent.isConnected) return;
      add(from, from + SLICE);
      next(from + SLICE);
    });
  };
  next(first);
  return parent;
}

/** A group of buttons of which one is pressed; arrow keys move within it. */
export function choice(name, options, current, onpick, { label = name, compact = false } = {}) {
  const button = ([key, text, title]) =>
    el("button", { type: "button", role: "radio", "data-key": `${name}-${key}`, "aria-checked": String(key === current), tabindex: key === current ? 0 : -1, title, onclick: () => onpick(key) }, typeof text === "function" ? text() : text);
  const group = el("div", { class: compact ? "choice compact" : "choice", role: "radiogroup", "aria-label": label });
  // The chosen one has to be there at once: it is scrolled to, and may get the focus.
  const chosen = options.findIndex(([key]) => key === current);
  fill(group, options.length, (place) => button(options[place]), Math.max(SLICE, chosen + 12));
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = options.findIndex(([key]) => key === current);
    const next = options[(at + step + options.length) % options.length][0];
    // The step is drawn anew; the button of the new choice gets the focus.
    document.getElementById("stage").dataset.focus = `${name}-${next}`;
    onpick(next);
  });
  return el("div", { class: "picker" }, el("span", { class: "picker-name", "aria-hidden": "true" }, label), group);
}

/** Choose the layer. */
export function layerPicker(w) {
  return choice("layer", counted(w.walk.encoder.layers), w.state.layer, (layer) => w.set({ layer }), { label: "Layer", compact: true });
}

/** Choose the head. */
export function headPicker(w) {
  return choice("head", counted(w.walk.encoder.heads), w.state.head, (head) => w.set({ head }), { label: "Head", compact: true });
}

function counted(count) {
  return Array.from({ length: count }, (_, k) => [k, String(k)]);
}

/** Choose a token; `key` is "from" or "to". */
export function tokenPicker(w, key, label) {
  return choice(key, w.walk.tokens.map((token, place) => [place, () => tokenText(w, place, token), `position ${place}`]), w.state[key], (place) => w.set({ [key]: place }), { label });
}

function tokenText(w, place, token) {
  return el("span", { class: `token side-${w.walk.sides[place]}${w.walk.special[place] ? " special" : ""}` }, token);
}

/** A tool bar with pickers. */
export function tools(...pickers) {
  return el("div", { class: "tools" }, pickers);
}

/** A token with its place, for reading out. */
export function tokenName(w) {
  return (place) => `${w.walk.tokens[place]} (${place})`;
}

/** A table of numbers. */
export function table(columns, rows, { caption } = {}) {
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      {},
      caption ? el("caption", { class: "unseen" }, caption) : null,
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
      el("tbody", {}, rows),
    ),
  );
}

/** A row of such a table. */
export function tr(cells, attributes = {}) {
  return el("tr", attributes, cells.map((cell) => (cell?.tagName === "TD" || cell?.tagName === "TH" ? cell : el("td", {}, cell))));
}

/** A bar that stands for a share from 0 to 1. */
export function bar(share) {
  const fill = el("i");
  fill.style.width = `${Math.min(1, Math.max(0, share)) * 100}%`;
  return el("span", { class: "share", "aria-hidden": "true" }, fill);
}

/** The terms of a long sum x·w: the greatest ones, the rest together, and the bias. Returns [nodes, sum]. */
export function terms(x, weights, bias, { symbols = ["x", "w"], most = 6 } = {}) {
  const products = Float64Array.from(x, (a, k) => a * weights[k]);
  const order = Array.from(products.keys()).sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
  const total = products.reduce((sum, one) => sum + one, 0);
  const rest = order.slice(most).reduce((sum, k) => sum + products[k], 0);
  const line = order.slice(0, most).map((k) => el("span", { class: "term" }, `${num(x[k], 3)}·${num(weights[k], 3)}`, el("sub", {}, String(k))));
  const nodes = [
    el("span", { class: "quiet" }, `${symbols[0]}·${symbols[1]}, greatest first: `),
    line.flatMap((one, k) => (k ? [" + ", one] : [one])),
    x.length > most ? ` + ${x.length - most} smaller terms (${num(rest, 4)})` : "",
    bias === null ? "" : ` + bias ${num(bias, 4)}`,
  ];
  return [nodes, total + (bias ?? 0)];
}
