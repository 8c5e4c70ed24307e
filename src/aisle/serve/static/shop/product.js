// The sheet of one product, with the answer to "why is this here?".

import { get } from "./api.js";
import { closeButton } from "./cart.js";
import { el } from "./dom.js";
import { explained } from "./why.js";
import { priceTag, stock } from "./results.js";

/** Show a hit. `search` are the parameters that found it at `position`; `why` puts the focus on the explanation. */
export async function openProduct(sheet, hit, position, search, why, add) {
  const reasons = el("div", { class: "reasons", "aria-busy": "true" }, el("p", { class: "quiet" }, "Looking it up…"));
  const heading = el("h3", { tabindex: "-1" }, "Why this result");
  sheet.replaceChildren(
    el("div", { class: "sheet-head" }, el("p", { class: "brand" }, hit.brand), closeButton(sheet)),
    el(
      "div",
      { class: "sheet-product" },
      el("img", { src: hit.picture, alt: "", width: 112, height: 112 }),
      el("div", {}, el("h2", { id: "product-title" }, hit.title), priceTag(hit.price), el("p", { class: "stock" }, stock(hit))),
    ),
    el("button", { type: "button", class: "go wide", onclick: () => { add(); sheet.close(); } }, "Add to the cart"),
    heading,
    reasons,
    facts(hit),
  );
  sheet.showModal();
  if (why) heading.focus();
  reasons.replaceChildren(...(await reasonsFor(hit, position, search)));
  reasons.setAttribute("aria-busy", "false");
}

async function reasonsFor(hit, position, search) {
  try {
    // Scores do not depend on the page, so asking for this place alone gives the very same hit.
    const answer = await get("/api/search", { ...search, k: 1, offset: position - 1, explain: true });
    const same = answer.hits.find((one) => one.product_id === hit.product_id);
    if (!same) return [el("p", {}, "The shop has changed since this page was made. Search again to see why.")];
    return explained(same.explanation, position, search.q);
  } catch (problem) {
    return [el("p", {}, `It cannot be looked up now. ${problem.message}`)];
  }
}

function facts(hit) {
  const rows = [
    ["Category", hit.category.join(" › ")],
    ["Attributes", hit.attributes.join(", ")],
    ["Stores", hit.stores.length ? hit.stores.join(", ") : "every store"],
    ["Product number", hit.product_id],
  ].filter(([, value]) => value);
  return el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
