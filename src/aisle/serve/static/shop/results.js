// The shelf: products found, or why there are none.

import { el, icon, number, plural, price } from "./dom.js";
import { markWords } from "./highlight.js";
import { LAST_PAGE, PAGE } from "./state.js";

const SEEN_FOR = 500;

/** Draw one page of results into `stage`. `on` has open(hit, position, why), add(hit, position), seen(hit, position). */
export function drawShelf(stage, answer, state, on) {
  const first = (state.page - 1) * PAGE;
  const cards = answer.hits.map((hit, index) => card(hit, first + index + 1, state, on));
  stage.replaceChildren(el("ol", { class: "shelf", start: first + 1 }, cards));
  watch(cards, answer.hits, first, on);
}

function card(hit, position, state, on) {
  const added = el("span", {}, "Add");
  const add = el("button", { type: "button", class: "add", "aria-label": `Add ${hit.title} to the cart` }, icon("M10 4v12M4 10h12"), added);
  add.addEventListener("click", () => {
    on.add(hit, position);
    add.classList.add("done");
    added.textContent = "Added";
    setTimeout(() => {
      add.classList.remove("done");
      added.textContent = "Add";
    }, 1600);
  });
  return el(
    "li",
    { class: hit.in_stock ? "product" : "product sold-out", "data-id": hit.product_id },
    el("div", { class: "stand" }, el("img", { src: hit.picture, alt: "", width: 112, height: 112, decoding: "async" })),
    el("div", { class: "ledge" }, priceTag(hit.price)),
    el(
      "div",
      { class: "label" },
      el("p", { class: "brand" }, smallPrint(hit)),
      el("h2", {}, el("button", { type: "button", class: "title", onclick: () => on.open(hit, position, false) }, markWords(hit.title, state.query))),
      el("p", { class: "stock" }, stock(hit)),
      el(
        "div",
        { class: "actions" },
        add,
        el("button", { type: "button", class: "why", "aria-label": `Why this result: ${hit.title}`, onclick: () => on.open(hit, position, true) }, "Why this?"),
      ),
    ),
  );
}

// The brand, or what kind of thing it is if the title begins with the brand anyway.
function smallPrint(hit) {
  const inTitle = hit.title.toLowerCase().startsWith(hit.brand.toLowerCase());
  return (hit.brand && !inTitle ? hit.brand : hit.category.at(-1)) || hit.brand || "\u00a0";
}

/** A shelf label's price. */
export function priceTag(value) {
  if (value === null) return el("span", { class: "tag no-price" }, "no price");
  const text = price(value);
  const cut = text.length - 3;
  return el(
    "span",
    { class: "tag" },
    el("span", { class: "unseen" }, `Price ${text}`),
    el("span", { "aria-hidden": "true" }, text.slice(0, cut), el("sup", {}, text.slice(cut + 1))),
  );
}

/** Stock and stores in a few words. */
export function stock(hit) {
  const where = hit.stores.length ? plural(hit.stores.length, "store") : "every store";
  return hit.in_stock ? `In stock · ${where}` : `Out of stock · ${where}`;
}

// An impression is a card that was in view for half a second.
function watch(cards, hits, first, on) {
  watch.observer?.disconnect();
  const timers = new Map();
  watch.observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(timers.get(target));
        if (!isIntersecting) continue;
        timers.set(target, setTimeout(() => {
          watch.observer.unobserve(target);
          const index = cards.indexOf(target);
          if (target.isConnected) on.seen(hits[index], first + index + 1);
        }, SEEN_FOR));
      }
    },
    { threshold: 0.5 },
  );
  for (const one of cards) watch.observer.observe(one);
}

/** Nothing was found: what can be done. `ways` are [label, action] pairs. */
export function drawEmpty(stage, state, ways) {
  watch.observer?.disconnect();
  stage.replaceChildren(
    el(
      "div",
      { class: "bare" },
      el("div", { class: "bare-shelf", "aria-hidden": "true" }),
      el("h2", {}, "This shelf is empty"),
      el("p", {}, state.query ? "Nothing in the shop fits this search." : "Nothing in the shop fits these filters."),
      el("div", { class: "ways" }, ways.map(([label, act]) => el("button", { type: "button", class: "plain-button", onclick: act }, label))),
    ),
  );
}

/** The search failed: what the server says and what to do. */
export function drawProblem(stage, problem, again) {
  watch.observer?.disconnect();
  stage.replaceChildren(
    el(
      "div",
      { class: "bare problem", role: "alert" },
      el("h2", {}, problem.title ?? "Something went wrong"),
      el("p", {}, problem.detail ?? ""),
      el("p", { class: "quiet" }, problem.what_to_do ?? ""),
      el("div", { class: "ways" }, el("button", { type: "button", class: "plain-button", onclick: again }, "Try again")),
    ),
  );
}

/** Grey cards while the very first answer is on its way. */
export function drawWaiting(stage) {
  const cards = Array.from({ length: 8 }, () =>
    el("li", { class: "product waiting" }, el("div", { class: "stand" }), el("div", { class: "ledge" }), el("div", { class: "label" }, el("p"), el("p"))),
  );
  stage.replaceChildren(el("ol", { class: "shelf", "aria-hidden": "true" }, cards));
}

/** Links to other pages of the same results. `address(page)` gives their address, `go(page)` shows them. */
export function drawPages(nav, total, page, address, go) {
  const last = Math.min(Math.max(1, Math.ceil(total / PAGE)), LAST_PAGE);
  nav.hidden = last < 2;
  const wanted = [...new Set([1, page - 1, page, page + 1, last])].filter((one) => one >= 1 && one <= last).sort((a, b) => a - b);
  const link = (target, label, name) =>
    el(
      "a",
      {
        href: address(target),
        "aria-current": target === page && !name ? "page" : null,
        "aria-label": name ?? `Page ${number(target)}`,
        onclick: (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go(target);
        },
      },
      label,
    );
  nav.replaceChildren(
    ...(page > 1 ? [link(page - 1, "← Back", "Previous page")] : []),
    ...wanted.flatMap((one, index) => [index && one > wanted[index - 1] + 1 ? el("span", {}, "…") : "", link(one, number(one))]),
    ...(page < last ? [link(page + 1, "More →", "Next page")] : []),
  );
}
