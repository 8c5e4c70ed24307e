// What is shown is what the address says after its #: a link leads to this very number.

const NUMBERS = ["layer", "head", "from", "to", "dim", "unit", "word"];
const PLAIN = { text: "I love machine learning", pair: "", step: "text", layer: 0, head: 0, from: 2, to: 3, dim: 0, unit: 0, word: -1, filter: "all", by: "words", ways: "all", habit: "self", least: "" };

/** The state that an address's fragment stands for; what makes no sense is left out. */
export function fromAddress(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...PLAIN };
  for (const [name, value] of given) {
    if (!(name in PLAIN)) continue;
    if (!NUMBERS.includes(name)) state[name] = value;
    else if (/^\d{1,6}$/.test(value)) state[name] = Number(value);
  }
  return state;
}

/** The fragment of a state, without what is as usual. */
export function toAddress(state) {
  const given = new URLSearchParams();
  for (const [name, usual] of Object.entries(PLAIN)) if (state[name] !== usual || name === "step") given.set(name, state[name]);
  return `#${given}`;
}

/** The state with every number brought within what the walk has. */
export function within(state, walk) {
  const most = { layer: walk.encoder.layers, head: walk.encoder.heads, from: walk.tokens.length, to: walk.tokens.length, dim: walk.encoder.hidden, unit: walk.encoder.feed_forward };
  const found = { ...state };
  for (const [name, count] of Object.entries(most)) found[name] = Math.min(state[name], count - 1);
  if (!walk.match) found.filter = "all";
  return found;
}
