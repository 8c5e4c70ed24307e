// An explanation in words and bars.

import { el } from "./dom.js";

/** Nodes that say why `hit` is at `position` of the `search`. */
export function explained(hit) {
  return [el("pre", {}, JSON.stringify(hit.explanation ?? null, null, 1))];
}
