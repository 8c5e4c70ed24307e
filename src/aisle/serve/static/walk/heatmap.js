// Matrices as pictures: one pixel a number, drawn on canvas, read out under the pointer and with the arrow keys.

import { el } from "../shop/dom.js";
import { num } from "./numbers.js";
import { colours, gradient, place } from "./palette.js";

const LABELLED = 72;

/** A colour scale with its legend; pictures that share it can be compared. `max` is the end of the colours. */
export function scale({ kind = "diverging", max, places = 4, pointed = true }) {
  const bar = el("i", { class: "scale-bar" });
  bar.style.background = gradient(kind);
  const said = el("span", { class: "readout", "aria-live": "polite" }, pointed ? "point at a cell to read it" : "");
  const end = num(max, max < 0.1 ? 3 : 2);
  const ends = kind === "diverging" ? [`−${end}`, end] : ["0", end];
  return {
    kind,
    max,
    places,
    element: el("div", { class: "scale" }, el("span", { class: "scale-ends" }, el("span", {}, ends[0]), bar, el("span", {}, ends.at(-1))), said),
    say(text) {
      said.textContent = text;
    },
  };
}

/**
 * A picture of `rows` × `cols` numbers.
 *
 * `rowNames` and `colNames` name what is read out (arrays, or functions of the place); `picked` = {row, col} is framed;
 * `onpick(row, col)` is called for a click or Enter.
 */
export function heatmap({ data, rows, cols, scale, name, rowNames, colNames, picked, onpick, rowHeight, labels = true, square = false }) {
  const canvas = el("canvas", { width: cols, height: rows, tabindex: 0, role: "img", "aria-label": `${name}: ${rows} × ${cols} numbers. Arrow keys read them out.` });
  paint(canvas, data, scale);
  const height = rowHeight ?? (rows <= 12 ? 22 : rows <= LABELLED ? 18 : Math.max(1, Math.floor(480 / rows)));
  const frame = el("div", { class: square ? "map-frame square" : "map-frame" }, canvas);
  if (!square) canvas.style.height = `${height * rows}px`;
  const named = (names, at, word) => (typeof names === "function" ? names(at) : (names?.[at] ?? `${word} ${at}`));
  const cursor = el("i", { class: "cursor", "aria-hidden": "true" });
  const fixed = el("i", { class: "cursor fixed", "aria-hidden": "true" });
  frame.append(fixed, cursor);
  put(cursor, null);
  put(fixed, picked, rows, cols);
  let at = picked ? { row: picked.row ?? 0, col: picked.col ?? 0 } : { row: 0, col: 0 };
  const show = (row, col) => {
    at = { row, col };
    put(cursor, at, rows, cols);
    scale.say(`${named(rowNames, row, "row")} · ${named(colNames, col, "number")} · ${num(data[row * cols + col], scale.places)}`);
  };
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const clip = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value)));
    return [clip(((event.clientY - box.top) / box.height) * rows, rows), clip(((event.clientX - box.left) / box.width) * cols, cols)];
  };
  canvas.addEventListener("pointermove", (event) => show(...under(event)));
  canvas.addEventListener("pointerleave", () => put(cursor, null));
  canvas.addEventListener("blur", () => put(cursor, null));
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && show(at.row, at.col));
  canvas.addEventListener("click", (event) => {
    show(...under(event));
    onpick?.(at.row, at.col);
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (move) show(Math.min(rows - 1, Math.max(0, at.row + move[0])), Math.min(cols - 1, Math.max(0, at.col + move[1])));
    else if (event.key === "Enter" && onpick) onpick(at.row, at.col);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  if (onpick) canvas.classList.add("pickable");
  const shown = labels && rowNames && rows <= LABELLED;
  return el(
    "div",
    { class: shown ? "map labelled" : "map", "data-map": name },
    shown ? el("div", { class: "map-labels", "aria-hidden": "true" }, Array.from({ length: rows }, (_, row) => label(named(rowNames, row, "row"), height, square))) : null,
    frame,
  );
}

function label(text, height, square) {
  const element = el("span", { title: text }, text);
  if (!square) element.style.height = `${height}px`;
  return element;
}

/** Colour every pixel of a canvas by its number. */
export function paint(canvas, data, { kind, max }) {
  const palette = colours(kind);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let k = 0; k < pixels.length; k += 1) pixels[k] = palette[place(data[k], kind, max)];
  context.putImageData(image, 0, 0);
}

// Frame one cell, or a whole row or column where only that is given.
function put(box, at, rows, cols) {
  box.hidden = !at;
  if (!at) return;
  const { row, col } = at;
  box.style.top = row === undefined ? "0" : `${(row / rows) * 100}%`;
  box.style.height = row === undefined ? "100%" : `${100 / rows}%`;
  box.style.left = col === undefined ? "0" : `${(col / cols) * 100}%`;
  box.style.width = col === undefined ? "100%" : `${100 / cols}%`;
}

/** One vector as a strip. */
export function strip(row, { scale, name, label, picked, onpick, height = 20 }) {
  return heatmap({
    data: row,
    rows: 1,
    cols: row.length,
    scale,
    name,
    rowNames: [label ?? name],
    picked: picked === undefined ? null : { row: 0, col: picked },
    onpick: onpick ? (_, col) => onpick(col) : null,
    rowHeight: height,
    labels: Boolean(label),
  });
}
