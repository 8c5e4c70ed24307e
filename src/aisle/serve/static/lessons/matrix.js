// Numbers in rows and columns: to read, or as a heat map.

import { el } from "../shop/dom.js";

/** A number with six digits, a count in full; the very small and very great ones with a power of ten. */
export function digits(value) {
  if (typeof value !== "number") return value;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return value.toLocaleString().replace("-", "−");
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2).replaceAll("-", "−");
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** A table of the numbers (or of elements), with names of rows and columns where there are any. */
export function matrix({ values, rows, columns }) {
  const head = columns.length ? el("thead", {}, el("tr", {}, rows.length ? el("td", {}) : "", columns.map((name) => el("th", { scope: "col" }, name)))) : "";
  const body = values.map((row, r) => el("tr", {}, rows.length ? el("th", { scope: "row" }, rows[r]) : "", row.map((value) => el("td", { title: typeof value === "number" ? String(value) : null }, value instanceof Element ? value : digits(value)))));
  return el("div", { class: "scroll" }, el("table", { class: "matrix" }, head, el("tbody", {}, body)));
}

/** A heat map: orange above 0, blue below, both stronger with size; the number under the pointer is said below. */
export function shade({ values, title }) {
  const most = Math.max(...values.flat().map(Math.abs)) || 1;
  const cell = Math.max(6, Math.min(20, Math.floor(640 / values[0].length)));
  const canvas = el("canvas", { width: String(values[0].length * cell), height: String(values.length * cell), role: "img", "aria-label": `${title}, ${values.length} rows of ${values[0].length} numbers` });
  const pen = canvas.getContext("2d");
  values.forEach((row, r) => row.forEach((value, c) => {
    const share = Math.abs(value) / most;
    pen.fillStyle = value >= 0 ? `rgb(217 95 2 / ${share})` : `rgb(31 111 181 / ${share})`;
    pen.fillRect(c * cell, r * cell, cell, cell);
  }));
  const said = el("p", { class: "reading" }, `Orange above 0, blue below; the strongest is ${digits(most)}.`);
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const c = Math.min(values[0].length - 1, Math.floor(((event.clientX - box.left) / box.width) * values[0].length));
    const r = Math.min(values.length - 1, Math.floor(((event.clientY - box.top) / box.height) * values.length));
    said.textContent = `row ${r}, column ${c}: ${digits(values[r][c])}`;
  });
  return el("div", { class: "heat" }, canvas, said);
}
