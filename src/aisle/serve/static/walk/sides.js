// Sentence A and sentence B: which pairs of tokens a view is confined to.

import { choice } from "./parts.js";

const FILTERS = [
  ["all", "all", "all tokens"],
  ["aa", "A → A", "from sentence A to sentence A"],
  ["ab", "A → B", "from sentence A to sentence B"],
  ["ba", "B → A", "from sentence B to sentence A"],
  ["bb", "B → B", "from sentence B to sentence B"],
];

/** The filter's buttons; nothing where there is one sentence. */
export function sidePicker(w) {
  return w.walk.match ? choice("filter", FILTERS, w.state.filter, (filter) => w.set({ filter }), { label: "Sentences" }) : null;
}

/** Whether the filter lets through what goes from one token to another. */
export function passes(w) {
  const { filter } = w.state;
  if (filter === "all") return () => true;
  const [from, to] = [...filter].map((side) => "ab".indexOf(side));
  return (i, j) => w.walk.sides[i] === from && w.walk.sides[j] === to;
}
