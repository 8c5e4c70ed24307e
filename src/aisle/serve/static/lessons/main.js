// The lessons: the address's path names the lesson, its query the numbers that were changed.

import { get, latestOnly } from "../shop/api.js";
import { announce, el } from "../shop/dom.js";
import { drawFamilies } from "./families.js";
import { matrix, shade } from "./matrix.js";

const page = document.getElementById("lesson");
const latest = latestOnly();
let contents = [];
let changed = {};

const asked = () => decodeURIComponent(location.pathname.split("/")[2] ?? "") || contents[0]?.name;

/** Ask for the lesson with the numbers as they are now; undefined if a later request overtook this one. */
function work() {
  return latest.run((signal) => get(`/api/lessons/${encodeURIComponent(asked())}`, { values: Object.keys(changed).length ? JSON.stringify(changed) : "" }, signal));
}

async function open() {
  changed = JSON.parse(new URLSearchParams(location.search).get("values") ?? "{}");
  page.setAttribute("aria-busy", "true");
  try {
    if (!contents.length) contents = (await get("/api/lessons", {})).lessons;
    const lesson = await work();
    if (lesson) show(lesson);
  } catch (problem) {
    complain(problem);
  }
  page.setAttribute("aria-busy", "false");
}

function complain(problem) {
  if (!problem.document) throw problem;
  page.replaceChildren(el("h1", {}, problem.document.title), el("p", {}, problem.message), el("p", {}, problem.document.what_to_do ?? ""), el("p", {}, el("a", { href: location.pathname }, "Start with the first numbers")));
}

function list() {
  document.getElementById("contents").replaceChildren(
    el("ol", {}, contents.map((one) => el("li", {}, el("a", { href: `/lessons/${one.name}`, "aria-current": one.name === asked() ? "page" : null }, one.title)))),
  );
}

function show(lesson) {
  document.title = `${lesson.title} – lessons`;
  list();
  const steps = el("div", { class: "steps", id: "steps" });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const inputs = lesson.inputs.map((one) => input(one, async (values) => {
    changed[one.name] = values;
    history.replaceState(null, "", `?values=${encodeURIComponent(JSON.stringify(changed))}`);
    try {
      const worked = await work();
      if (!worked) return;
      wrong.hidden = true;
      fill(steps, worked);
      announce("Worked out again");
    } catch (problem) {
      if (!problem.document) throw problem;
      wrong.textContent = problem.message;
      wrong.hidden = false;
    }
  }));
  fill(steps, lesson);
  const place = contents.findIndex((one) => one.name === lesson.name);
  const next = contents[place + 1];
  page.replaceChildren(
    el("h1", {}, lesson.title),
    el("p", { class: "lead" }, lesson.lead),
    lesson.facts.families ? drawFamilies(lesson.facts.families) : "",
    el("section", {}, el("h2", {}, "Numbers to change"), el("div", { class: "inputs" }, inputs), wrong, el("button", { type: "button", class: "again", onclick: () => (location.href = location.pathname) }, "Back to the first numbers")),
    el("section", {}, el("h2", {}, "Worked out"), steps),
    lesson.question ? question(lesson.question) : "",
    el("p", { class: "uses" }, "Worked out by ", lesson.uses.map((name, at) => [at ? ", " : "", el("code", {}, name)]), ". ", lesson.further ? el("a", { href: "/walk" }, "See it in a real encoder") : ""),
    next ? el("p", { class: "next" }, el("a", { href: `/lessons/${next.name}` }, `Next: ${next.title}`)) : "",
  );
}

function fill(steps, lesson) {
  steps.replaceChildren(
    ...lesson.steps.map((step) =>
      el("div", { class: "step" }, el("h3", {}, step.title), step.formula ? el("p", { class: "formula" }, step.formula) : "", step.shade ? shade(step) : matrix(step), step.note ? el("p", { class: "note" }, step.note) : ""),
    ),
  );
}

/** A table of numbers to change; an answer is asked for as soon as all of them are numbers. */
function input(one, tell) {
  const fields = one.values.map((row, r) => row.map((value, c) => el("input", {
    type: "number",
    step: "any",
    min: String(one.least),
    max: String(one.most),
    value: String(value),
    "aria-label": [one.label, one.rows[r] ?? (one.values.length > 1 ? `row ${r + 1}` : ""), one.columns[c] ?? (row.length > 1 ? `column ${c + 1}` : "")].filter(Boolean).join(", "),
    oninput: () => {
      const numbers = fields.map((cells) => cells.map((cell) => cell.valueAsNumber));
      if (fields.flat().every((cell) => cell.validity.valid) && numbers.flat().every(Number.isFinite)) tell(numbers);
    },
  })));
  return el("fieldset", {}, el("legend", {}, one.label), matrix({ values: fields, rows: one.rows, columns: one.columns }));
}

function question({ text, options, right, because }) {
  const said = el("p", { class: "said", role: "status" });
  const buttons = options.map((option, place) => el("button", {
    type: "button",
    class: "option",
    onclick: () => {
      buttons.forEach((button, at) => button.classList.toggle("right", at === right));
      buttons[place].classList.toggle("missed", place !== right);
      said.textContent = `${place === right ? "Right." : "Not that one."} ${because}`;
    },
  }, option));
  return el("section", { class: "question" }, el("h2", {}, "A question"), el("p", {}, text), el("div", { class: "options" }, buttons), said);
}

addEventListener("popstate", open);
open();
