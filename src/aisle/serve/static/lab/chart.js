// A line chart as SVG: axes, up to six lines told apart by colour, dash and label, and a reading under the pointer.

import { el } from "../shop/dom.js";
import { figure } from "./parts.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 520;
const HEIGHT = 260;
const EDGE = { left: 54, right: 14, top: 12, bottom: 30 };

/** An SVG element. */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Up to about `wanted` round numbers from `low` to `high`. */
export function ticks(low, high, wanted = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const marks = [];
  for (let mark = Math.ceil(low / step - 1e-9); mark * step <= high + step * 1e-9; mark += 1) marks.push(mark * step || 0);
  return marks;
}

/** From numbers to places on the drawing. */
export function scales(points) {
  const xs = points.map((point) => point[0]);
  const ys = points.map((point) => point[1]);
  const span = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [left, right] = span(xs);
  let [low, high] = span(ys);
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  low -= room;
  high += room;
  return {
    x: (value) => EDGE.left + ((value - left) / (right - left || 1)) * (WIDTH - EDGE.left - EDGE.right),
    y: (value) => HEIGHT - EDGE.bottom - ((value - low) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom),
    xs: ticks(left, right),
    ys: ticks(low, high),
  };
}

/** The frame with grid and numbers. */
export function axes(scale, { xLabel = "step" } = {}) {
  return draw(
    "g",
    { class: "axes" },
    ...scale.ys.flatMap((value) => [
      draw("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: scale.y(value), y2: scale.y(value) }),
      draw("text", { x: EDGE.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, figure(value)),
    ]),
    ...scale.xs.map((value) => draw("text", { x: scale.x(value), y: HEIGHT - 12, "text-anchor": "middle" }, figure(value))),
    draw("text", { x: WIDTH - EDGE.right, y: HEIGHT - 1, "text-anchor": "end", class: "axis-name" }, xLabel),
  );
}

/** An empty drawing of the right size. */
export function canvas(label) {
  return draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "chart" });
}

/** One chart: `lines` are {name, place, points: [[x, y]]}; lines without points are left out, and named as such. */
export function chart({ title, lines, dots = false }) {
  const drawn = lines.filter((line) => line.points.length);
  const missing = lines.filter((line) => !line.points.length).map((line) => line.name);
  const caption = el("figcaption", {}, el("strong", {}, title), missing.length ? el("span", { class: "quiet" }, ` none in ${missing.join(", ")}`) : "");
  if (!drawn.length) return el("figure", {}, caption);
  const scale = scales(drawn.flatMap((line) => line.points));
  const svg = canvas(`${title}: ${drawn.map((line) => `${line.name} ends at ${figure(line.points.at(-1)[1])}`).join("; ")}`);
  svg.append(axes(scale));
  for (const line of drawn) {
    const path = line.points.map(([x, y]) => `${scale.x(x).toFixed(1)},${scale.y(y).toFixed(1)}`).join(" ");
    svg.append(draw("polyline", { points: path, class: `line series-${line.place}` }));
    if (dots || line.points.length < 3) for (const [x, y] of line.points) svg.append(draw("circle", { cx: scale.x(x), cy: scale.y(y), r: 3.5, class: `dot series-${line.place}` }));
  }
  const reading = el("p", { class: "reading" }, legend(drawn, (line) => line.points.at(-1)));
  watch(svg, scale, drawn, reading);
  return el("figure", {}, caption, svg, reading);
}

function legend(lines, pick) {
  return lines.map((line) => {
    const point = pick(line);
    return el("span", { class: `series series-${line.place}` }, `${line.name} `, el("b", {}, figure(point[1])), ` at ${figure(point[0])}`);
  });
}

/** Show each line's value nearest to the pointer; its last value when the pointer is away. */
function watch(svg, scale, lines, reading) {
  const cursor = draw("line", { class: "cursor", y1: EDGE.top, y2: HEIGHT - EDGE.bottom, visibility: "hidden" });
  svg.append(cursor);
  const nearest = (line, at) => line.points.reduce((best, point) => (Math.abs(scale.x(point[0]) - at) < Math.abs(scale.x(best[0]) - at) ? point : best));
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    cursor.setAttribute("visibility", "visible");
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    reading.replaceChildren(...legend(lines, (line) => nearest(line, at)));
  });
  svg.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    reading.replaceChildren(...legend(lines, (line) => line.points.at(-1)));
  });
}
