// Which parts of a text to mark.

import { el } from "./dom.js";

const WORD = /[\p{L}\p{N}]+/gu;

/** A word as it is compared: without case, accents or a plural ending. */
export function plain(word) {
  const bare = word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  if (bare.length > 4 && bare.endsWith("ies")) return `${bare.slice(0, -3)}y`;
  if (bare.length > 3 && bare.endsWith("s") && !bare.endsWith("ss")) return bare.slice(0, -1);
  return bare;
}

/** `text` as nodes, its words that also stand in `query` marked. */
export function markWords(text, query) {
  const wanted = new Set(Array.from(query.slice(0, 500).matchAll(WORD), (match) => plain(match[0])));
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    if (!wanted.has(plain(match[0]))) continue;
    nodes.push(text.slice(end, match.index), el("mark", {}, match[0]));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)];
}

/** `text` as nodes, the characters from `start` to `end` marked. */
export function markRange(text, start, end) {
  return [text.slice(0, start), start < end ? el("mark", {}, text.slice(start, end)) : "", text.slice(end)];
}
