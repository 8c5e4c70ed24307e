// One head as lines between tokens, in both directions.

import { el, number } from "../shop/dom.js";
import { num, percent, ranked, rowOf } from "./numbers.js";
import { bar, choice, headPicker, layerPicker, names, part, say, small, table, tools, tr, value } from "./parts.js";
import { passes, sidePicker } from "./sides.js";

const MOST_LINES = 3000;
const SLICE = 150;
const LEVELS = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4];

/** Attention of one head: who looks at whom, and who is looked at by whom. */
export async function drawLines(w) {
  const { layer, head } = w.state;
  const name = `layer.${layer}.attention.weights`;
  const weights = await w.values(name, { head });
  const { tokens } = w.walk;
  const size = tokens.length;
  const usual = size > 48 ? 0.05 : 0.02;
  const least = LEVELS.includes(Number(w.state.least)) && w.state.least !== "" ? Number(w.state.least) : usual;
  const pass = passes(w);
  const high = size > 96 ? 18 : 26;
  const canvas = el("canvas", { class: "lines-canvas", role: "img", "aria-label": "Lines between tokens; the tables below hold the same numbers" });
  const tables = el("div", { class: "halves" });
  const remark = el("p", { class: "quiet small", "aria-live": "polite" });
  const picked = { ways: w.state.ways, from: w.state.from, to: w.state.to };
  const column = (way) =>
    tokens.map((token, place) =>
      el(
        "button",
        {
          type: "button",
          class: `line-token side-${w.walk.sides[place]}${w.walk.special[place] ? " special" : ""}`,
          "data-key": `${way}-line-${place}`,
          "data-place": place,
          "aria-pressed": String(picked.ways === way && picked[way] === place),
          title: way === "from" ? `what ${token} looks at` : `what looks at ${token}`,
        },
        token,
      ),
    );
  const [left, right] = [el("div", { class: "line-tokens left" }, column("from")), el("div", { class: "line-tokens right" }, column("to"))];
  for (const one of [...left.children, ...right.children]) one.style.height = `${high}px`;
  const box = el("div", { class: "lines" }, left, canvas, right);
  const draw = (ways, place) => {
    remark.textContent = paintLines(canvas, weights, { ways, place, least, pass, high, sides: w.walk.sides });
  };
  const rest = () => draw(picked.ways, picked[picked.ways]);
  for (const [side, way] of [[left, "from"], [right, "to"]]) {
    side.addEventListener("pointerover", (event) => event.target.dataset.place && draw(way, Number(event.target.dataset.place)));
    side.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && draw(way, Number(event.target.dataset.place)));
    side.addEventListener("pointerleave", rest);
    side.addEventListener("focusout", rest);
    side.addEventListener("click", (event) => event.target.dataset.place && w.set({ ways: way, [way]: Number(event.target.dataset.place) }));
    side.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      side.children[Number(event.target.dataset.place) + step]?.focus();
    });
  }
  const [i, j] = [w.state.from, w.state.to];
  tables.append(
    el("section", { class: "half" }, list(w, `“${tokens[i]}” looks at`, rowOf(weights, i), (k) => pass(i, k), "from")),
    el("section", { class: "half" }, list(w, `“${tokens[j]}” is looked at by`, Float32Array.from({ length: size }, (_, k) => weights.data[k * size + j]), (k) => pass(k, j), "to")),
  );
  w.after(() => {
    let wide = 0;
    // Called at once, and again when the width changes; its own drawing changes the height.
    new ResizeObserver(() => {
      if (canvas.clientWidth === wide) return;
      wide = canvas.clientWidth;
      rest();
    }).observe(box);
  });
  return [
    tools(
      layerPicker(w), headPicker(w), sidePicker(w),
      choice("ways", [["all", "everything"], ["from", "one token looks at"], ["to", "one is looked at by"]], w.state.ways, (ways) => w.set({ ways }), { label: "Lines" }),
      choice("least", LEVELS.map((level) => [String(level), level ? `≥ ${percent(level).replace(".0", "")}` : "any"]), String(least), (level) => w.set({ least: level }), { label: "Weights" }),
    ),
    say("On the left who looks, on the right what is looked at; the stronger the line, the more of its attention. Point at a token on either side to see its lines alone, click to keep it."),
    names(w, name),
    box,
    remark,
    tables,
    small("Attention weights say how values are mixed, not why the encoder decides something: ", el("a", { href: w.link({ step: "caveat" }) }, "what attention is not"), "."),
  ];
}

function list(w, title, row, pass, way) {
  const order = ranked(row).filter(pass).slice(0, 8);
  return [
    el("h3", {}, title),
    table(["token", "weight", ""], order.map((k) => tr([`${w.walk.tokens[k]} (${k})`, value(`${way} ${k}`, row[k], 4), bar(row[k])])), { caption: title }),
  ];
}

// Draw the strongest lines that pass; says in words what was drawn.
function paintLines(canvas, weights, { ways, place, least, pass, high, sides }) {
  const size = weights.shape[0];
  const found = [];
  let passing = 0;
  const add = (i, j) => {
    if (!pass(i, j)) return;
    passing += 1;
    if (weights.data[i * size + j] >= least) found.push(i * size + j);
  };
  if (ways === "from") for (let j = 0; j < size; j += 1) add(place, j);
  else if (ways === "to") for (let i = 0; i < size; i += 1) add(i, place);
  else for (let i = 0; i < size; i += 1) for (let j = 0; j < size; j += 1) add(i, j);
  const over = found.length;
  found.sort((a, b) => weights.data[a] - weights.data[b]);
  const drawn = found.slice(-MOST_LINES);
  // One tall canvas: in the fine grain of the screen where it is short, in single pixels where it is long.
  const fine = size > 96 ? 1 : Math.min(2, devicePixelRatio || 1);
  const wide = Math.max(60, canvas.clientWidth);
  canvas.width = wide * fine;
  canvas.height = size * high * fine;
  canvas.style.height = `${size * high}px`;
  const context = canvas.getContext("2d");
  context.scale(fine, fine);
  const style = getComputedStyle(canvas);
  const inks = [style.getPropertyValue("--side-a"), style.getPropertyValue("--side-b")];
  const line = (cell) => {
    const weight = weights.data[cell];
    const [i, j] = [Math.floor(cell / size), cell % size];
    context.globalAlpha = Math.min(1, 0.12 + weight * 0.9);
    context.strokeStyle = inks[sides[i]];
    context.lineWidth = 0.6 + weight * 4.5;
    context.beginPath();
    context.moveTo(0, (i + 0.5) * high);
    context.bezierCurveTo(wide * 0.4, (i + 0.5) * high, wide * 0.6, (j + 0.5) * high, wide, (j + 0.5) * high);
    context.stroke();
  };
  // The strongest last, so that they lie on top; a slice a frame, so that the page stays free in between.
  const mine = String(Number(canvas.dataset.drawing ?? 0) + 1);
  canvas.dataset.drawing = mine;
  let next = 0;
  const slice = () => {
    if (canvas.dataset.drawing !== mine) return;
    for (const cell of drawn.slice(next, next + SLICE)) line(cell);
    next += SLICE;
    if (next < drawn.length) requestAnimationFrame(slice);
  };
  slice();
  const few = over > drawn.length ? `, of which the ${number(drawn.length)} strongest are drawn` : "";
  return `${number(over)} of ${number(passing)} weights are ${least ? `at least ${num(least, 2)}` : "shown"}${few}.`;
}
