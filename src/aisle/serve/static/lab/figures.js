// Figures of an evaluation: human score against cosine, and a confusion matrix.

import { el } from "../shop/dom.js";
import { axes, canvas, draw, scales } from "./chart.js";
import { figure, table } from "./parts.js";

/** Human score against cosine, a point a pair. */
export function scatter({ x, y, of }) {
  const points = x.map((value, place) => [value, y[place]]);
  const scale = scales(points);
  const svg = canvas(`Human score against cosine, ${points.length} pairs`);
  svg.append(axes(scale, { xLabel: "human score" }), ...points.map(([across, up]) => draw("circle", { cx: scale.x(across), cy: scale.y(up), r: 2, class: "point" })));
  const said = points.length < of ? `${figure(points.length)} of ${figure(of)} pairs, taken evenly.` : `${figure(of)} pairs.`;
  return el("figure", {}, el("figcaption", {}, el("strong", {}, "Cosine against human score")), svg, el("p", { class: "quiet" }, said));
}

/** Rows are the true labels, columns what was predicted; the shade is the share of the row. */
export function confusion({ labels, confusion: counts }) {
  const cells = counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    return row.map((count) => {
      const cell = el("span", { class: "shade", title: `${figure((100 * count) / total)} % of the row` }, figure(count));
      cell.style.setProperty("--share", `${(100 * count) / total}%`);
      return cell;
    });
  });
  const rows = cells.map((row, place) => [labels[place], ...row]);
  return el("figure", { class: "confusion" }, el("figcaption", {}, el("strong", {}, "Confusion"), " rows true, columns predicted"), table(["", ...labels], rows, []));
}
