// The search box: an editable combobox with a list of suggestions (WAI-ARIA 1.2, list autocomplete with manual
// selection). What was typed is never changed by typing or by the arrow keys, only by taking a suggestion.
//
// The list does not flicker: rows of the list before are kept and only what differs in them is changed, all in the frame
// in which the answer came; the old list stays until the new one is there.

import { get, latestOnly } from "./api.js";
import { announce, el, icon, plural } from "./dom.js";
import { markRange } from "./highlight.js";

const PAUSE = 60;
const ROWS = 8;
const LENS = "M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 5 5";

/**
 * Wire up the box. `store()` is the store to suggest for; `previous()` the query searched for last; `submit(query)` searches;
 * `log` gets typed(prefix), shown(prefix, suggestions) and tapped(prefix, suggestion, position).
 */
export function combobox({ form, input, list, clear, store, previous = () => "", submit, log }) {
  const latest = latestOnly();
  let timer;
  let suggestions = [];
  let asked = "";
  let active = -1;

  function show(found, prefix) {
    suggestions = found;
    asked = prefix;
    choose(-1);
    found.forEach((suggestion, index) => draw(rowAt(index), suggestion));
    while (list.children.length > found.length) list.lastElementChild.remove();
    open(found.length > 0);
    if (found.length) {
      log.shown(prefix, found);
      announce(`${plural(found.length, "suggestion")}. Use the arrow keys.`);
    } else {
      announce("No suggestions.");
    }
  }

  /** The row in this place: the one that is there, or a new one. */
  function rowAt(index) {
    const there = list.children[index];
    if (there) return there;
    const row = el("li", { id: `suggestion-${index}`, role: "option", "aria-selected": "false", "data-index": String(index) });
    list.append(row);
    return row;
  }

  function draw(row, suggestion) {
    const said = JSON.stringify([suggestion.text, suggestion.start, suggestion.end, suggestion.category, suggestion.picture, suggestion.match]);
    if (row.dataset.said === said) return;
    row.dataset.said = said;
    const text = el("span", { class: "text" }, markRange(suggestion.text, suggestion.start, suggestion.end));
    row.replaceChildren(picture(row, suggestion.picture), text, suggestion.category ? el("span", { class: "where" }, `in ${suggestion.category}`) : "");
  }

  /** The picture of a suggestion, the one that is there if it is the same: an image that is set anew flashes. */
  function picture(row, address) {
    const there = row.querySelector("img.sight");
    if (!address) return icon(LENS);
    if (there?.getAttribute("src") === address) return there;
    return el("img", { class: "sight", src: address, alt: "", width: 32, height: 32, decoding: "sync" });
  }

  function open(wanted) {
    const visible = wanted && suggestions.length > 0;
    list.hidden = !visible;
    input.setAttribute("aria-expanded", String(visible));
    if (!visible) choose(-1);
  }

  function choose(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const row = list.children[index];
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    if (row) input.setAttribute("aria-activedescendant", row.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function take(index) {
    const suggestion = suggestions[index];
    log.tapped(asked, suggestion, index + 1);
    input.value = suggestion.text;
    finish();
  }

  function finish() {
    stop();
    submit(input.value);
  }

  /** No further suggestions for what was typed so far. */
  function stop() {
    clearTimeout(timer);
    latest.cancel();
    suggestions = [];
    open(false);
    clear.hidden = input.value === "";
  }

  function typed() {
    clear.hidden = input.value === "";
    clearTimeout(timer);
    const prefix = input.value;
    if (prefix.trim() === "") {
      stop();
      return;
    }
    timer = setTimeout(() => ask(prefix), PAUSE);
  }

  async function ask(prefix) {
    log.typed(prefix);
    try {
      const answer = await latest.run((signal) => get("/api/suggest", { q: prefix, k: ROWS, store: store(), previous: previous() }, signal));
      // An answer to something else than what stands in the box now is of no use to anyone.
      if (answer && input.value === prefix && document.activeElement === input) show(answer.suggestions, prefix);
    } catch {
      // Without suggestions the box is still a search box; the search itself reports what is wrong.
      stop();
    }
  }

  function key(event) {
    if (event.isComposing) return;
    const last = suggestions.length - 1;
    const moves = {
      ArrowDown: () => (list.hidden ? reopen() : choose(active >= last ? -1 : active + 1)),
      ArrowUp: () => (list.hidden ? reopen() : choose(active < 0 ? last : active - 1)),
    };
    if (moves[event.key]) {
      event.preventDefault();
      moves[event.key]();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!list.hidden && active >= 0) take(active);
      else finish();
    } else if (event.key === "Tab") {
      open(false);
    }
  }

  function reopen() {
    if (suggestions.length) open(true);
    else if (input.value.trim()) ask(input.value);
  }

  input.addEventListener("input", typed);
  input.addEventListener("keydown", key);
  input.addEventListener("blur", () => open(false));
  // Pressing on a row must not take the focus away from the box: on a phone the keyboard would jump.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) take(Number(row.dataset.index));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    finish();
  });
  clear.addEventListener("click", () => {
    input.value = "";
    stop();
    input.focus();
  });

  return {
    /** Put a query into the box, as going back in history does. */
    set(query) {
      if (input.value !== query) input.value = query;
      stop();
    },
  };
}
