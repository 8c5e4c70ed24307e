// A cart that lives in this browser only: enough to tell the shop what was wanted.

import { announce, el, icon, plural, price } from "./dom.js";

const KEY = "aisle.cart";

/** The cart, its button and its sheet. */
export function cart({ button, count, sheet }) {
  let items = load();

  function add(hit) {
    const item = items.find((one) => one.id === hit.product_id);
    if (item) item.count += 1;
    else items.push({ id: hit.product_id, title: hit.title, price: hit.price, picture: hit.picture, count: 1 });
    save();
    announce(`${hit.title} is in the cart. ${plural(total(), "item")}.`);
  }

  function change(id, by) {
    items = items.map((item) => (item.id === id ? { ...item, count: item.count + by } : item)).filter((item) => item.count > 0);
    save();
    draw();
  }

  function total() {
    return items.reduce((sum, item) => sum + item.count, 0);
  }

  function save() {
    count.textContent = total();
    button.setAttribute("aria-label", `Cart, ${plural(total(), "item")}`);
    try {
      localStorage.setItem(KEY, JSON.stringify(items));
    } catch {
      // Without storage the cart lasts as long as the page.
    }
  }

  function draw() {
    const known = items.filter((item) => item.price !== null);
    const sum = known.reduce((all, item) => all + item.count * item.price, 0);
    sheet.replaceChildren(
      el("div", { class: "sheet-head" }, el("h2", { id: "cart-title" }, "Cart"), closeButton(sheet)),
      items.length
        ? el("ul", { class: "cart-items" }, items.map(row))
        : el("p", { class: "quiet" }, "Nothing in it yet. Put something in with “Add” below a product."),
      items.length ? el("p", { class: "cart-sum" }, el("span", {}, "Sum"), el("strong", {}, price(sum))) : null,
      el("p", { class: "quiet small" }, "This cart stays in your browser. Nothing can be ordered here."),
    );
  }

  function row(item) {
    return el(
      "li",
      {},
      el("img", { src: item.picture, alt: "", width: 40, height: 40 }),
      el("span", { class: "cart-name" }, item.title),
      el("span", { class: "stepper" },
        el("button", { type: "button", "aria-label": `One ${item.title} less`, onclick: () => change(item.id, -1) }, "−"),
        el("span", {}, String(item.count)),
        el("button", { type: "button", "aria-label": `One ${item.title} more`, onclick: () => change(item.id, 1) }, "+"),
      ),
      el("span", { class: "cart-price" }, item.price === null ? "no price" : price(item.price * item.count)),
    );
  }

  button.addEventListener("click", () => {
    draw();
    sheet.showModal();
  });
  save();
  return { add };
}

/** The button that closes a sheet. A click beside the sheet closes it too. */
export function closeButton(sheet) {
  sheet.onclick = (event) => {
    if (event.target === sheet) sheet.close();
  };
  return el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => sheet.close() }, icon("M5 5l10 10M15 5 5 15"));
}

function load() {
  try {
    const items = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(items) ? items.filter((item) => item && typeof item.id === "string" && item.count > 0) : [];
  } catch {
    return [];
  }
}
