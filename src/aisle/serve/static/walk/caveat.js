// What attention is not.

import { el } from "../shop/dom.js";
import { part, say } from "./parts.js";

/** The caveat, in a few paragraphs. */
export function drawCaveat(w) {
  const { encoder } = w.walk;
  return [
    say(el("b", {}, "Attention weights are not an explanation."), " They are one step of the arithmetic, and easy to look at. What they leave out:"),
    el(
      "ul",
      { class: "points" },
      el("li", {}, el("b", {}, "The values. "), "A weight says how much of a token's value is taken, not what is in it. A large share of a small value changes little; look at ", el("a", { href: w.link({ step: "context" }) }, "weight × value"), "."),
      el("li", {}, el("b", {}, "The way around. "), "Each layer adds what attention found to what was there before. Much of a token goes through untouched, past every head: see ", el("a", { href: w.link({ step: "norm1" }) }, "the residual"), "."),
      el("li", {}, el("b", {}, "The feed-forward network. "), `Two thirds of a layer's weights are there, and no line shows what they do: ${encoder.feed_forward} numbers a token, see `, el("a", { href: w.link({ step: "ffn" }) }, "step 12"), "."),
      el("li", {}, el("b", {}, "The mixing before. "), `From layer 1 on, the vector under a token is no longer that token: it already holds the others. A line to “${w.walk.tokens[w.state.to]}” in layer ${encoder.layers - 1} is a line to a blend.`),
      el("li", {}, el("b", {}, "Resting. "), "Heads with nothing to find put their weight on the separators or the first token, where it does no harm. A strong line there often means nothing."),
    ),
    part(
      "What can be said instead",
      say("For “why do these two match?”, the ", el("a", { href: w.link({ step: "match" }) }, "cosine taken apart by token"), " is exact arithmetic with mean pooling: its parts add up to the number that search uses. It says where the number comes from; it does not say what would have happened with another text. For that, change the text and look again: that is an experiment, and the strongest argument on this page."),
    ),
    el("p", { class: "quiet small" }, "On the debate: Jain and Wallace 2019, “Attention is not Explanation” (arXiv 1902.10186); Wiegreffe and Pinter 2019, “Attention is not not Explanation” (arXiv 1908.04626); Kobayashi et al. 2020 on the length of values (arXiv 2004.10102); Clark et al. 2019 on heads that rest on separators (arXiv 1906.04341)."),
  ];
}
