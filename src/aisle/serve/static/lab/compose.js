// The compose box: what the model would write next stands behind the cursor in grey. Tab takes it, Escape dismisses it.

import { get } from "../shop/api.js";
import { announce, el } from "../shop/dom.js";

/** Milliseconds without a key before the server is asked. */
const PAUSE = 40;

/**
 * Put a compose box into an element.
 * @returns {{text: HTMLTextAreaElement}} its text field
 */
export function mountCompose(element) {
  const subject = el("input", { type: "text", autocomplete: "off", maxlength: "1000" });
  const previous = el("textarea", { rows: "2", maxlength: "20000" });
  const text = el("textarea", { id: "compose-text", rows: "7", spellcheck: "true", maxlength: "20000", "aria-describedby": "compose-help" });
  const mirror = el("div", { class: "compose-mirror", "aria-hidden": "true" });
  const facts = el("p", { class: "compose-facts quiet" });
  let ghost = ""; // what is offered
  let dismissedAt = null; // the text at which the writer said no
  let timer = 0;
  let asked = null; // the request that is under way

  function draw() {
    // The mirror lies under the text field, letter on letter, and shows only the ghost.
    mirror.replaceChildren(
      el("span", { class: "compose-typed" }, text.value),
      el("span", { class: "compose-ghost" }, ghost),
      "\u200b", // so that an empty last line has its height
    );
    mirror.scrollTop = text.scrollTop;
    text.toggleAttribute("data-ghost", Boolean(ghost));
  }

  function offer(next) {
    ghost = next;
    draw();
    if (ghost) announce(`Suggestion: ${ghost.trim()}. Press Tab to take it, Escape to dismiss it.`);
  }

  const atEnd = () => text.selectionStart === text.value.length && text.selectionEnd === text.value.length;

  async function ask() {
    asked?.abort();
    const typed = text.value;
    if (!typed.trim() || !atEnd() || typed === dismissedAt) return;
    asked = new AbortController();
    const { signal } = asked;
    try {
      const found = await get("/api/complete", { text: typed.slice(-2000), subject: subject.value, previous: previous.value.slice(-2000) }, signal);
      // An answer to a text that is no longer there says nothing.
      if (signal.aborted || typed !== text.value || !atEnd()) return;
      offer(found.shown ? found.completion : "");
      tell(found);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      offer("");
      facts.textContent = problem.document?.title ?? "The server did not answer.";
    }
  }

  function tell(found) {
    const sure = `${Math.round(100 * found.probability)} % sure`;
    const needed = `${Math.round(100 * found.threshold)} % needed`;
    const held = { rare: " · a phrase that few documents have is held back", blocked: " · a blocked word is held back", pronoun: " · a guess at he or she is held back" }[found.held_back] ?? "";
    facts.textContent = found.completion ? `${sure}, ${needed}${held} · ${found.milliseconds.toFixed(0)} ms` : `Nothing to suggest${held} · ${found.milliseconds.toFixed(0)} ms`;
  }

  function changed(event) {
    const typed = text.value;
    // Who types what is offered keeps the rest of it, without a flicker.
    const letter = event?.inputType === "insertText" ? event.data ?? "" : "";
    offer(letter && ghost.startsWith(letter) && atEnd() ? ghost.slice(letter.length) : "");
    if (typed !== dismissedAt) dismissedAt = null;
    clearTimeout(timer);
    if (!event?.isComposing) timer = setTimeout(ask, PAUSE);
  }

  text.addEventListener("input", changed);
  text.addEventListener("compositionend", () => changed());
  text.addEventListener("scroll", draw);
  text.addEventListener("blur", () => offer(""));
  // Browsers differ in where they tell that the cursor has moved.
  for (const kind of ["selectionchange", "keyup", "click"]) {
    text.addEventListener(kind, () => {
      if (ghost && !atEnd()) offer("");
    });
  }
  text.addEventListener("keydown", (event) => {
    if (!ghost || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Tab") {
      event.preventDefault();
      const taken = ghost;
      offer("");
      text.setRangeText(taken, text.value.length, text.value.length, "end");
      announce(`Taken: ${taken.trim()}`);
      changed();
    } else if (event.key === "Escape") {
      event.preventDefault();
      asked?.abort();
      dismissedAt = text.value;
      offer("");
      announce("Suggestion dismissed");
    }
  });
  for (const field of [subject, previous]) field.addEventListener("input", changed);

  element.replaceChildren(
    el("label", { class: "compose-field" }, el("span", {}, "Subject"), subject),
    el("label", { class: "compose-field" }, el("span", {}, "Message that you answer"), previous),
    // Not inside its label, which would be named after the mirror's text too.
    el("div", { class: "compose-field" }, el("label", { for: "compose-text" }, "Your message"), el("div", { class: "compose-paper" }, mirror, text)),
    el("p", { class: "quiet", id: "compose-help" }, el("kbd", {}, "Tab"), " takes what is offered in grey, ", el("kbd", {}, "Esc"), " dismisses it."),
    facts,
  );
  return { text };
}
