// All layers and heads at a glance.

import { el } from "../shop/dom.js";
import { paint, scale } from "./heatmap.js";
import { percent } from "./numbers.js";
import { choice, say, small, tools } from "./parts.js";
import { passes, sidePicker } from "./sides.js";

const CELLS = 48;
const HABITS = [
  ["self", "itself", "to itself"],
  ["previous", "the one before", "to the token before"],
  ["next", "the one after", "to the token after"],
  ["first", "first token", "to the first token"],
  ["separators", "separators", "to the separators"],
  ["spread", "spread", "over how many tokens"],
];

/** A picture of every head, layer by layer, and what each does most. */
export function drawGlance(w) {
  const { encoder, heads } = w.walk;
  const sorted = HABITS.some(([key]) => key === w.state.habit) ? w.state.habit : "self";
  const colours = scale({ kind: "sequential", max: Math.min(1, 6 / w.walk.tokens.length), pointed: false });
  const rows = heads.map((row, layer) =>
    el(
      "div",
      { class: "glance-row" },
      el("span", { class: "glance-layer" }, `Layer ${layer}`),
      el("div", { class: "glance-heads" }, row.map((habits, head) => thumbnail(w, layer, head, habits, sorted))),
    ),
  );
  w.after(() => load(w, rows, colours));
  return [
    tools(sidePicker(w), choice("habit", HABITS, sorted, (habit) => w.set({ habit }), { label: "Number" })),
    say("Every head of every layer: from each token (row) to each token (column). Under each picture ", el("b", {}, HABITS.find(([key]) => key === sorted)[2]), sorted === "spread" ? ": 1 is a single token, the more the broader." : ": the mean share of a token's weight."),
    colours.element,
    el("div", { class: "glance", "data-size": encoder.heads }, rows),
    small(`Click a head to see its lines. Colours end at a weight of ${colours.max.toFixed(2)}.`, w.walk.tokens.length > CELLS ? ` Each picture is averaged to ${CELLS} × ${CELLS} cells.` : ""),
    small("A head that looks at one place only may do nothing there: heads that have nothing to say often rest on the separators. ", el("a", { href: w.link({ step: "caveat" }) }, "What attention is not"), "."),
  ];
}

function thumbnail(w, layer, head, habits, key) {
  const said = key === "spread" ? habits.spread.toFixed(1) : percent(habits[key]);
  const canvas = el("canvas", { width: 1, height: 1 });
  return el(
    "button",
    { type: "button", class: "thumb", "data-key": `thumb-${layer}-${head}`, "aria-label": `layer ${layer}, head ${head}: ${said}`, title: HABITS.map(([name, text]) => `${text}: ${name === "spread" ? habits[name].toFixed(1) : percent(habits[name])}`).join("\n"), onclick: () => w.set({ step: "lines", layer, head, ways: "all" }) },
    canvas,
    el("span", { class: "thumb-head" }, String(head)),
    el("span", { class: "thumb-habit", "data-value": `habit ${layer} ${head}` }, said),
  );
}

// Layer after layer, so that the page stays free in between.
async function load(w, rows, colours) {
  const pass = passes(w);
  const tokens = w.walk.tokens.length;
  for (const [layer, row] of rows.entries()) {
    const { shape, data } = await w.values(`layer.${layer}.attention.weights`, { cells: CELLS });
    if (!row.isConnected) return;
    const size = shape[1];
    const token = (cell) => Math.min(tokens - 1, Math.floor(((cell + 0.5) * tokens) / size));
    for (const [head, canvas] of row.querySelectorAll("canvas").entries()) {
      const part = data.slice(head * size * size, (head + 1) * size * size);
      for (let k = 0; k < part.length; k += 1) if (!pass(token(Math.floor(k / size)), token(k % size))) part[k] = 0;
      canvas.width = size;
      canvas.height = size;
      paint(canvas, part, colours);
    }
    row.dataset.drawn = "";
  }
}
