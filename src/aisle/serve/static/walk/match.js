// Why two texts match: their cosine taken apart by token.

import { el, plural } from "../shop/dom.js";
import { heatmap, scale } from "./heatmap.js";
import { bound, num, ranked } from "./numbers.js";
import { colour, inkOn } from "./palette.js";
import { bar, choice, formula, part, say, small, table, tools, tr, value, worked } from "./parts.js";

/** The contributions of token pairs, and of single tokens. */
export function drawMatch(w) {
  const { match } = w.walk;
  if (!match) {
    return [
      say("Here two texts are compared, and their likeness is taken apart by token. Give a second text:"),
      w.live ? el("p", { class: "ways-out" }, [["mac and cheese", "macaroni cheese"], ["something for breakfast", "Crunchy oat granola with honey"], ["fizzy drink", "Sparkling water, lime"]].map(([text, pair]) => el("button", { type: "button", class: "plain", onclick: () => w.walkOn(text, pair) }, `“${text}” and “${pair}”`))) : small("This file holds one text; make one with ", el("code", {}, "--pair"), "."),
    ];
  }
  const [a, b] = ["a", "b"].map((side) => grouped(w, match[side], match[`${side}_share`]));
  const [count, other] = [a.names.length, b.names.length];
  const data = new Float32Array(count * other);
  for (const [i, row] of match.contributions.entries()) for (const [j, part] of row.entries()) data[a.group[i] * other + b.group[j]] += part;
  const colours = scale({ max: bound(data), places: 5 });
  const order = ranked(data).slice(0, 10);
  const sum = match.a_share.reduce((total, x) => total + x, 0);
  const cut = [["A", match.a_cut], ["B", match.b_cut]].filter(([, tokens]) => tokens);
  return [
    el("p", { class: "cosine" }, el("span", {}, "cosine"), value("cosine", match.cosine, 4), bar(match.cosine)),
    say(closeness(match.cosine), " Both texts went through the encoder by themselves, as search does it, and were pooled by ", el("b", {}, match.pooling), "."),
    match.two_towers ? small("This checkpoint has two towers: sentence A went through that of queries, sentence B through that of products. The other steps show the query tower.") : null,
    match.exact ? null : el("p", { class: "cut" }, "This checkpoint puts a further layer over its first token; the parts below are those of the layer's input, not of its result."),
    cut.map(([side, tokens]) => el("p", { class: "cut" }, `Sentence ${side} was cut: ${plural(tokens, "token")} over the ${w.walk.encoder.max_tokens} that this checkpoint compares ${tokens === 1 ? "is" : "are"} not in its vector.`)),
    w.walk.encoder.continuation ? tools(choice("by", [["words", "words", "the pieces of a word added up"], ["pieces", "pieces", "as the encoder reads them"]], w.state.by, (by) => w.set({ by }), { label: "By" })) : null,
    part("Sentence A", shares(a.names, a.shares)),
    part("Sentence B", shares(b.names, b.shares)),
    small("The number under a word is its share of the cosine; a negative one (blue) pulls the two apart."),
    part(
      w.state.by === "words" ? "Word by word" : "Piece by piece",
      match.pooling === "mean" ? formula("cos(u, v) = Σ", el("sub", {}, "i"), " Σ", el("sub", {}, "j"), " u", el("sub", {}, "i"), " · v", el("sub", {}, "j"), " ÷ (A · B · |u| · |v|)") : null,
      colours.element,
      el("div", { class: "match-map" }, heatmap({ data, rows: count, cols: other, scale: colours, name: "contributions", rowNames: (i) => `A: ${a.names[i]}`, colNames: (j) => `B: ${b.names[j]}`, rowHeight: count <= 40 ? 24 : undefined })),
      other <= 40 ? el("div", { class: "map labelled column-names", "aria-hidden": "true" }, el("span"), el("div", { class: "columns" }, b.names.map((name) => el("span", {}, el("i", {}, name))))) : null,
    ),
    part(
      "The pairs that say most",
      table(["A", "B", "adds", "of the cosine"], order.map((k) => tr([a.names[Math.floor(k / other)], b.names[k % other], value(`pair ${Math.floor(k / other)} ${k % other}`, data[k], 5), bar(data[k] / Math.max(match.cosine, 1e-9))])), { caption: "Pairs by what they add" }),
      worked(`all ${count} × ${other} parts together: `, value("sum of parts", sum, 6), " = the cosine"),
      small("With mean pooling every pair of tokens has its own term, and the terms add up: nothing is estimated. Special tokens take part, because the mean goes over them, too."),
    ),
  ];
}

// Tokens as they are, or the pieces of each word together: a sum of parts is a part.
function grouped(w, tokens, shares) {
  const { continuation } = w.walk.encoder;
  const names = [];
  const sums = [];
  const group = tokens.map((token, k) => {
    const goesOn = w.state.by === "words" && continuation && k && token.startsWith(continuation);
    if (goesOn) names[names.length - 1] += token.slice(continuation.length);
    else names.push(token);
    sums[names.length - 1] = (sums[names.length - 1] ?? 0) + shares[k];
    return names.length - 1;
  });
  return { names, shares: sums, group };
}

function shares(tokens, shares) {
  const max = Math.max(...shares.map(Math.abs));
  return el(
    "p",
    { class: "shares" },
    tokens.map((token, k) => {
      const box = el("span", { class: "share-token", title: String(shares[k]) }, el("b", {}, token), el("span", {}, num(shares[k], 3)));
      const given = { kind: "diverging", max: max * 1.4 };
      box.style.background = colour(shares[k], given);
      box.style.color = inkOn(shares[k], given);
      return box;
    }),
  );
}

function closeness(cosine) {
  if (cosine >= 0.6) return "These two mean nearly the same to this encoder.";
  if (cosine >= 0.35) return "These two are related to this encoder.";
  return "These two have little to do with each other, to this encoder.";
}
