// Small parts that the lab's pages share.

import { el } from "../shop/dom.js";

/** A number with as many digits as are worth reading; a dash where there is none. */
export function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return (value || 0).toLocaleString(); // "|| 0": no "-0"
  const size = Math.abs(value);
  return size >= 1000 ? Math.round(value).toLocaleString() : size >= 0.001 ? Number(value.toPrecision(4)).toString() : value.toExponential(2);
}

/** Seconds for people: 4 min 10 s. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A point in time, and how long ago that was. */
export function ago(iso) {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return "–";
  const seconds = Math.max(0, (Date.now() - then) / 1000);
  const near = seconds < 90 ? "just now" : seconds < 5400 ? `${Math.round(seconds / 60)} min ago` : seconds < 129600 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} days ago`;
  return el("time", { datetime: iso, title: then.toLocaleString() }, near);
}

/** A table in a box that scrolls by itself on a narrow screen; `numeric` names the columns set to the right. */
export function table(heads, rows, numeric) {
  const side = (column) => (numeric.includes(column) ? "numeric" : "");
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": heads.filter(Boolean).join(", ") },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, heads.map((head, column) => el("th", { scope: "col", class: side(column) }, head)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, column) => el(column ? "td" : "th", { class: side(column), scope: column ? null : "row" }, cell))))),
    ),
  );
}

/** A command line, with a button that copies it. */
export function command(words, title = "") {
  const [program = "", ...rest] = words;
  const line = [program.split("/").at(-1), ...rest].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
  const button = el("button", { type: "button", class: "copy", onclick: async () => {
    await navigator.clipboard.writeText(line);
    button.textContent = "Copied";
  } }, "Copy");
  return el("div", { class: "command" }, title && el("p", { class: "quiet" }, title), el("pre", { tabindex: "0" }, el("code", {}, line)), button);
}

/** What stands where there is nothing to show yet. */
export function empty(title, text, line) {
  return el("section", { class: "card" }, el("h2", {}, title), el("p", {}, text), command(line.split(" ")));
}
