// An explanation in words and bars.

import { el, number } from "./dom.js";

const HOW = {
  joined: (word) => `written as one word: “${word.matched}”`,
  split: (word) => `written as “${word.matched}”`,
  completed: (word) => `read as the beginning of “${word.matched}”`,
  corrected: (word) => `read as “${word.matched}”`,
};

/** Nodes that say why a hit with this explanation is at `position` for `query`. */
export function explained(explanation, position, query) {
  if (!explanation) {
    return [el("p", { class: "quiet" }, "Nothing was searched for: products stand in the order of the catalogue.")];
  }
  const { tier, lexical, semantic, weights, ranker, score } = explanation;
  return [
    tier?.level ? el("p", { class: "note" }, el("strong", {}, "An exact match goes first: "), `${tier.why}.`) : null,
    lexical ? byWords(lexical) : null,
    semantic ? byMeaning(semantic, query) : null,
    ranker ? byRanker(score - (tier?.level ?? 0), ranker, position) : null,
    ranker ? null : weights ? together(score - (tier?.level ?? 0), weights, position) : el("p", { class: "quiet" }, `Place ${number(position)} of the results.`),
  ].filter(Boolean);
}

function byWords(lexical) {
  return reason(
    "Words",
    lexical.score,
    el("ul", { class: "word-list" }, lexical.words.map((word) => el("li", { class: word.points ? "" : "missing" }, wordLine(word)))),
  );
}

function wordLine(word) {
  const shown = el("strong", {}, `“${word.word}”`);
  if (!word.points) return [shown, " is not there"];
  const places = word.fields.length ? ` in its ${word.fields.join(" and ")}` : "";
  const how = HOW[word.how] ? `, ${HOW[word.how](word)}` : "";
  return [shown, how, places, el("span", { class: "points" }, `+${share(word.points)}`)];
}

function byMeaning(semantic, query) {
  // Towers with pieces give a score of both: the texts as wholes, and word by word.
  const value = Math.max(0, semantic.score);
  const said = value >= 0.6 ? "It means nearly the same as the query." : value >= 0.35 ? "Its meaning is close to the query." : "Its meaning is far from the query.";
  const parts = semantic.pieces === undefined ? null : ` As a whole ${share(semantic.cosine)}, word by word ${share(semantic.pieces)}.`;
  return reason(
    "Meaning",
    value,
    el("p", {}, said, parts, semantic.text ? [" ", el("a", { href: walk(query, semantic.text) }, "Taken apart word by word")] : null),
    semantic.met ? el("ul", { class: "word-list" }, semantic.met.slice(0, MOST_PIECES).map((one) => el("li", {}, pieceLine(one)))) : null,
  );
}

const MOST_PIECES = 6;

function pieceLine({ piece, meets, cosine, weight }) {
  const same = piece === meets;
  return [el("strong", {}, `“${readable(piece)}”`), same ? " is there itself" : [" meets ", el("strong", {}, `“${readable(meets)}”`)], el("span", { class: "points" }, `+${share(Math.max(0, cosine) * weight)}`)];
}

// A piece that goes on a word begins with ##.
function readable(piece) {
  return piece.replace(/^##/, "…");
}

// The page that takes the likeness of a query and a product apart.
function walk(query, text) {
  return `/walk#${new URLSearchParams({ step: "match", text: query, pair: text })}`;
}

function together(value, weights, position) {
  return reason(
    "Together",
    value,
    el("p", {}, `Words count ${percent(weights.lexical)}, meaning ${percent(weights.semantic)}. That makes place ${number(position)}.`),
  );
}

const MOST_FEATURES = 5;

// What the order that was learned from the log made of it.
function byRanker(value, ranker, position) {
  return reason(
    "Learned order",
    value,
    el("p", {}, `What counted most for place ${number(position)}, by what shoppers chose before:`),
    el(
      "ul",
      { class: "word-list" },
      ranker.features.slice(0, MOST_FEATURES).map((feature) => el("li", {}, feature.meaning, el("span", { class: "points" }, signed(feature.moved)))),
    ),
  );
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function reason(name, value, ...details) {
  const fill = el("i");
  fill.style.width = percent(Math.min(1, Math.max(0, value)));
  return el(
    "div",
    { class: "reason" },
    el("div", { class: "reason-head" }, el("span", {}, name), el("span", {}, share(value))),
    el("div", { class: "bar", "aria-hidden": "true" }, fill),
    ...details.filter(Boolean),
  );
}

// Shares of the greatest possible: 0.62 is shown as 62.
function share(value) {
  return String(Math.round(value * 100));
}

function percent(value) {
  return `${Math.round(value * 100)}%`;
}
