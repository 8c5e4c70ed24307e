// Steps 1 to 3: the path of a string to ids.

import { el, number, plural } from "../shop/dom.js";
import { choice, fill, part, say, small } from "./parts.js";

const LONG = 400;
const MOST_EDITS = 60;
const SIDES = ["Sentence A", "Sentence B"];

/** Normalisation, with every change. */
export function drawText(w) {
  return w.walk.path.map((path, side) =>
    part(
      w.walk.path.length > 1 ? SIDES[side] : null,
      el("div", { class: "stage-line" }, el("span", { class: "line-name" }, "given"), shownText(path.text)),
      path.written_tokens.length ? small(`${[...new Set(path.written_tokens)].join(", ")}: written in the text itself. Such tokens are taken as they are, before anything else is done.`) : null,
      path.changes.map((change) =>
        el(
          "div",
          { class: "change" },
          el("div", { class: "change-head" }, el("b", {}, change.step), el("span", { class: "quiet small" }, change.edits ? plural(change.edits.length, "change") : "")),
          change.edits ? el("div", { class: "stage-line" }, el("span", { class: "line-name" }, "changed"), marked(change)) : null,
          el("div", { class: "stage-line" }, el("span", { class: "line-name" }, "then"), shownText(change.after)),
        ),
      ),
      path.changes.length ? null : say("Nothing has to be changed: the text is as the vocabulary wants it."),
      el("div", { class: "stage-line result" }, el("span", { class: "line-name" }, "normalised"), shownText(path.normalized, "normalized")),
    ),
  );
}

// A text with its spaces to be seen; a long one is shown in part, and says so.
function shownText(text, name) {
  const shown = text.length > LONG ? `${text.slice(0, LONG)}…` : text;
  return el("span", { class: "string", "data-value": name }, shown, text.length > LONG ? el("span", { class: "quiet small" }, ` ${number(text.length)} characters in all`) : null);
}

// The text before a change, with the changed places marked.
function marked(change) {
  const nodes = [];
  let at = 0;
  for (const [place, before, after] of change.edits.slice(0, MOST_EDITS)) {
    if (place - at > LONG) nodes.push(change.before.slice(at, at + 40), " … ", change.before.slice(place - 40, place));
    else nodes.push(change.before.slice(at, place));
    nodes.push(el("span", { class: "edit" }, el("del", {}, visible(before)), el("span", { "aria-hidden": "true" }, "→"), el("ins", {}, after === "" ? "nothing" : visible(after))));
    at = place + before.length;
  }
  const left = change.edits.length - MOST_EDITS;
  nodes.push(left > 0 ? ` … and ${plural(left, "more change")}` : change.before.slice(at, at + LONG));
  return el("p", { class: "string edits" }, nodes);
}

// Characters that cannot be seen get their number.
function visible(text) {
  return [...text].map((char) => (char === " " ? "␣" : /[\p{C}\p{Z}\p{M}]/u.test(char) ? `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : char)).join("");
}

/** WordPiece: for one word, every look into the vocabulary. */
export function drawPieces(w) {
  const words = w.walk.path.flatMap((path, side) => path.words.map((word) => ({ ...word, side })));
  if (!words.length) return [say("The text has no words: nothing but characters that normalisation drops.")];
  const split = Math.max(0, words.findIndex((one) => one.pieces.length > 1));
  const at = w.state.word < 0 ? split : Math.min(w.state.word, words.length - 1);
  const word = words[at];
  const cut = w.walk.path.reduce((sum, path) => sum + path.words_cut, 0);
  const unknown = w.walk.encoder.unknown_token;
  return [
    choice(
      "word",
      words.map((one, place) => [place, () => el("span", { class: `word side-${one.side}` }, one.word, one.pieces.length > 1 ? el("sup", {}, String(one.pieces.length)) : null), one.pieces.map((piece) => piece.piece).join(" ")]),
      at,
      (place) => w.set({ word: place }),
      { label: "Word" },
    ),
    cut ? el("p", { class: "cut" }, `${plural(cut, "more word")} at the end of the text: over the ${number(w.walk.encoder.positions)} positions of this encoder, so not read.`) : null,
    part(
      `“${word.word}” becomes ${word.pieces.map((piece) => piece.piece).join(" · ")}`,
      word.tries.length
        ? [
            say("From the left, the longest part that is in the vocabulary of ", el("b", {}, number(w.walk.encoder.vocabulary)), " pieces is taken; then the longest part of what is left. Pieces inside a word begin with ", el("code", {}, w.walk.encoder.continuation), "."),
            el("ol", { class: "tries" }, word.tries.map((one, k) => attempt(one, k, word.word, w.walk.encoder.continuation))),
          ]
        : say(word.pieces.some((piece) => piece.piece === word.word) ? "This token is written in the text and taken whole." : w.walk.encoder.continuation ? "A word of so many characters is not searched for: it is unknown." : "This vocabulary is no WordPiece: its pieces come from merge rules or probabilities, which are not shown step by step here."),
      el("p", { class: "tickets" }, word.pieces.map((piece) => ticket(piece.piece, piece.id, null, word.side))),
      word.pieces.some((piece) => piece.piece === unknown) ? el("p", { class: "cut" }, `Some of it is in no piece of the vocabulary, so the whole word becomes ${unknown}: whatever it meant is lost from here on.`) : null,
    ),
  ];
}

function attempt(one, k, word, continuation) {
  const inside = continuation && one.tried.startsWith(continuation) && !word.startsWith(one.tried);
  const tried = inside ? one.tried.slice(continuation.length) : one.tried;
  return el("li", { class: one.found ? "try found" : "try" }, el("span", { class: "try-number" }, String(k + 1)), el("code", {}, inside ? el("span", { class: "quiet" }, continuation) : null, tried), el("span", { class: "verdict" }, one.found ? "in the vocabulary ✓" : "no"));
}

function ticket(token, id, place, side, special = false) {
  return el("span", { class: `ticket side-${side}${special ? " special" : ""}` }, el("span", { class: "ticket-token" }, token), el("span", { class: "ticket-id" }, String(id)), place === null ? null : el("span", { class: "ticket-place" }, String(place)));
}

/** Special tokens, ids, positions and segments. */
export function drawIds(w) {
  const { tokens, ids, segments, sides, special, encoder, truncated } = w.walk;
  return [
    say("Special tokens frame the text, and every token becomes its number in the vocabulary. From here on there are only numbers: ", el("b", { "data-value": "tokens" }, number(tokens.length)), " tokens."),
    fill(el("div", { class: "tickets", "data-value": "ids" }), tokens.length, (place) => ticket(tokens[place], ids[place], place, sides[place], special[place])),
    truncated ? el("p", { class: "cut" }, el("b", {}, "Cut here. "), `${plural(truncated, "token")} did not fit into the ${number(encoder.positions)} positions of this encoder and ${truncated === 1 ? "is" : "are"} not read.`) : null,
    part(
      "As the encoder is given it",
      el(
        "dl",
        { class: "given" },
        el("dt", {}, "ids"), el("dd", {}, el("code", {}, `[${ids.join(", ")}]`)),
        el("dt", {}, "segments"), el("dd", {}, el("code", {}, `[${segments.join(", ")}]`), encoder.segments ? "" : el("span", { class: "quiet" }, " this family has no segments")),
        el("dt", {}, "positions"), el("dd", {}, el("code", {}, `[0, …, ${tokens.length - 1}]`)),
      ),
      encoder.max_tokens < tokens.length ? el("p", { class: "cut" }, `Search reads only the first ${number(encoder.max_tokens)} tokens of a text (the checkpoint's own limit); this walk goes on to the last position.`) : null,
    ),
  ];
}
