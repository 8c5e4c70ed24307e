// The ask box: a question in plain words, then the SQL that was written for it, and only then what it found.

import { get } from "../shop/api.js";
import { announce, el, plural } from "../shop/dom.js";
import { figure, table } from "./parts.js";

const EXAMPLES = [
  "Which quarter in the past 5 years had the most sales for snacks?",
  "revenue per store last year",
  "the ten best selling brands of coffee",
  "Which wines were never sold?",
  "what do people search for most",
];

/** Put an ask box into an element. */
export function mountAsk(element) {
  const field = el("input", { id: "ask-question", type: "text", autocomplete: "off", maxlength: "400", enterkeyhint: "search" });
  const button = el("button", { type: "submit", class: "ask-go" }, "Ask");
  const answer = el("div", { class: "ask-answer" });
  let asked = null; // the request that is under way

  async function ask() {
    const question = field.value.trim();
    if (!question) return;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    answer.setAttribute("aria-busy", "true");
    answer.replaceChildren(el("p", { class: "quiet" }, "Writing the query…"));
    try {
      const found = await get("/api/ask", { q: question }, signal);
      if (signal.aborted) return;
      answer.replaceChildren(...shown(found));
      announce(found.answered ? plural(found.rows.length, "row") : found.explanation);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      answer.replaceChildren(
        el("p", { class: "ask-problem" }, problem.document?.title ?? "The page failed"),
        el("p", {}, problem.message),
        el("p", {}, problem.document?.what_to_do ?? ""),
      );
      if (!problem.document) throw problem;
    } finally {
      if (!signal.aborted) answer.setAttribute("aria-busy", "false");
    }
  }

  const form = el(
    "form",
    { class: "ask-form", onsubmit: (event) => {
      event.preventDefault();
      ask();
    } },
    el("label", { for: "ask-question" }, "Ask about products, sales and searches"),
    el("div", { class: "ask-row" }, field, button),
  );
  const examples = el("ul", { class: "ask-examples", "aria-label": "Examples" }, EXAMPLES.map((text) => el("li", {}, el("button", { type: "button", onclick: () => {
    field.value = text;
    ask();
  } }, text))));
  element.replaceChildren(form, examples, answer);
}

/** The parts of an answer, the query first. */
function shown(found) {
  const parts = [];
  if (found.sql) parts.push(el("pre", { class: "ask-sql", tabindex: "0", "aria-label": "SQL" }, el("code", {}, found.sql)));
  for (const link of found.links.filter((one) => one.similarity < 1)) {
    parts.push(el("p", { class: "ask-guess" }, `“${link.words}” names nothing here; taken for ${link.column} “${link.value}” (similarity ${link.similarity.toFixed(2)}).`));
  }
  if (found.answered && found.unaccounted.length) {
    parts.push(el("p", { class: "ask-guess" }, `The query does not account for ${found.unaccounted.map((word) => `“${word}”`).join(", ")}.`));
  }
  if (found.answered) {
    if (found.rows.length) {
      const numeric = found.columns.map((_, column) => column).filter((column) => found.rows.some((row) => typeof row[column] === "number"));
      parts.push(table(found.columns, found.rows.map((row) => row.map(cell)), numeric));
    } else {
      parts.push(el("p", {}, "No rows."));
    }
    if (found.more) parts.push(el("p", { class: "quiet" }, `There are more rows; the first ${found.rows.length} are shown.`));
  } else {
    parts.push(el("p", { class: "ask-unsure" }, found.explanation));
  }
  const sure = Math.round(100 * found.confidence);
  const needed = Math.round(100 * found.threshold);
  parts.push(
    el("div", { class: "ask-facts quiet" },
      el("meter", { min: "0", max: "1", value: String(found.confidence), "aria-label": "Confidence" }),
      ` ${sure} % confident, ${needed} % needed · as of ${found.today} · ${found.milliseconds.toFixed(0)} ms`),
  );
  return parts;
}

/** A cell for people: years and hours stay as they are, sums have two digits. */
function cell(value) {
  if (value === null) return "–";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? String(value) : figure(Math.round(value * 100) / 100);
}
