// The keyboard.

import { el } from "../shop/dom.js";

const KEYS = [
  ["→ ←", "the next and the last step"],
  ["L", "the next layer; with Shift the one before"],
  ["H", "the next head; with Shift the one before"],
  ["T", "the next token; with Shift the one before"],
  ["O", "the next token that is looked at; with Shift the one before"],
  ["/", "to the text"],
  ["?", "this list"],
];

/** Act on single keys, unless a field, a list or a picture has them. */
export function watchKeys({ move, turn, help, ready }) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !ready()) return;
    if (event.target.closest?.("input, textarea, select, dialog")) return;
    const by = event.shiftKey ? -1 : 1;
    const act = {
      ArrowRight: () => move(1),
      ArrowLeft: () => move(-1),
      l: () => turn("layer", by),
      h: () => turn("head", by),
      t: () => turn("from", by),
      o: () => turn("to", by),
      "/": () => document.getElementById("text").focus(),
      "?": help,
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Show what the keys do. */
export function openKeys(dialog) {
  dialog.replaceChildren(
    el("h2", { id: "keys-title" }, "Keys"),
    el("dl", {}, KEYS.map(([key, what]) => [el("dt", {}, key.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, what)])),
    el("p", { class: "quiet small" }, "In a picture the arrow keys go from number to number and Enter picks one."),
    el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Close"),
  );
  dialog.showModal();
}
