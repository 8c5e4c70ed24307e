// The three families as stacks of blocks, bottom up, drawn from the package's configurations.

import { el } from "../shop/dom.js";

/** One drawing a family; each stack is a list, so that it reads without a picture too. */
export function drawFamilies(families) {
  return el("div", { class: "families" }, families.map((family) => el("figure", { class: "family" },
    el("figcaption", {}, el("strong", {}, family.name), el("span", {}, family.for)),
    el("div", { class: "stacks" }, family.columns.map((column, place) => [place ? el("span", { class: "arrow", "aria-label": "is looked at by" }, "→") : "", stack(column)])),
    el("p", { class: "reading" }, family.size),
  )));
}

function stack(column) {
  return el("div", { class: "stack" },
    el("p", { class: "times" }, `${column.layers} ×`),
    el("ol", {}, column.blocks.toReversed().map((block) => el("li", { class: `block ${block.split(" ")[0].replace("-attention", "")}` }, block))),
    el("p", { class: "reading" }, column.says),
  );
}
