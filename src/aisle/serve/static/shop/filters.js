// Filters and facets beside the shelf, and the chips above it.

import { el, icon, number, price } from "./dom.js";

const SHOWN_BRANDS = 8;
const SIGN = " > ";
let allBrands = false;

/** The filter expression that the server understands, for the parts of the state that are no parameters of their own. */
export function expression(state, { category = true, brand = true } = {}) {
  const conditions = [];
  if (category && state.category) conditions.push(`category = ${quoted(state.category)}`);
  if (brand && state.brands.length) conditions.push(`brand in (${state.brands.map(quoted).join(", ")})`);
  if (state.least !== null) conditions.push(`price >= ${plainNumber(state.least)}`);
  if (state.most !== null) conditions.push(`price <= ${plainNumber(state.most)}`);
  if (state.inStock) conditions.push("in_stock");
  return conditions.join(" and ");
}

function quoted(text) {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

function plainNumber(value) {
  // Never 1e-7: the expression has plain numbers only.
  return value.toFixed(6).replace(/\.?0+$/, "");
}

/** Draw the filter form. `change(part)` gets the changed part of the state. */
export function drawFilters(form, state, facets, stores, change) {
  const active = form.contains(document.activeElement) ? document.activeElement : null;
  const again = () => drawFilters(form, state, facets, stores, change);
  const parts = {
    store: storeChoice(state, stores, change),
    stock: stockChoice(state, facets, change),
    price: priceRange(state, change),
    category: categories(state, facets, change),
    brand: brands(state, facets.brand, change, again),
  };
  for (const [name, part] of Object.entries(parts)) {
    let place = form.querySelector(`[data-part=${name}]`);
    if (!place) form.append((place = el("div", { "data-part": name })));
    // A price that is being written is left alone: an answer that arrives must not change it under the hands.
    if (name !== "price" || !place.contains(active)) place.replaceChildren(part);
  }
  form.onsubmit = (event) => event.preventDefault();
  if (active && !active.isConnected) {
    const same = [...form.elements].filter((one) => one.name === active.name);
    (same.find((one) => one.value === active.value) ?? same[0])?.focus();
  }
}

function group(title, ...children) {
  return el("fieldset", {}, el("legend", {}, title), children);
}

function storeChoice(state, stores, change) {
  if (stores.length < 2) return "";
  const options = [["", "Any store"], ...stores.map((store) => [store, store])];
  return group(
    "Store",
    el(
      "select",
      { name: "store", "aria-label": "Store", onchange: (event) => change({ store: event.target.value }) },
      options.map(([value, label]) => el("option", { value, selected: value === state.store }, label)),
    ),
  );
}

function stockChoice(state, facets, change) {
  return group(
    "Availability",
    el(
      "label",
      { class: "choice" },
      el("input", { type: "checkbox", name: "stock", value: "1", checked: state.inStock, onchange: (event) => change({ inStock: event.target.checked }) }),
      el("span", {}, "In stock only"),
      count(inStockCount(facets)),
    ),
  );
}

function inStockCount(facets) {
  return facets.stock?.in_stock ?? 0;
}

function priceRange(state, change) {
  const field = (name, label, value) =>
    el("label", { class: "amount" }, el("span", {}, label), el("input", { type: "text", inputmode: "decimal", name, maxlength: 10, value: value === null ? "" : String(value), placeholder: "any", onchange: () => apply() }));
  const box = el("div", { class: "range" }, field("least", "from", state.least), field("most", "to", state.most));
  const complaint = el("p", { class: "complaint", role: "alert", hidden: true });
  function apply() {
    const [least, most] = [...box.querySelectorAll("input")].map((input) => {
      const text = input.value.trim().replace(",", ".");
      return text === "" ? null : /^\d+(\.\d*)?$/.test(text) ? Number(text) : NaN;
    });
    const wrong = Number.isNaN(least) || Number.isNaN(most) ? "Write prices like 3.50." : least !== null && most !== null && least > most ? "The first price must not be above the second." : "";
    complaint.textContent = wrong;
    complaint.hidden = !wrong;
    if (!wrong) change({ least, most });
  }
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      apply();
    }
  });
  return group("Price", box, complaint);
}

// Departments, and below the chosen one the way down to the chosen category and what lies below that.
function categories(state, facets, change) {
  const chosen = state.category ? state.category.split(SIGN) : [];
  const below = Object.keys(facets.category_path).filter((path) => isChild(path, chosen));
  const departments = Object.keys(facets.category);
  if (chosen.length && !departments.includes(chosen[0])) departments.unshift(chosen[0]);
  if (!departments.length) return "";
  const row = (path, label, depth, value) =>
    el(
      "label",
      { class: `choice depth-${Math.min(depth, 4)}` },
      el("input", { type: "radio", name: "category", value: path, checked: path === state.category, onchange: () => change({ category: path }) }),
      el("span", {}, label),
      path ? count(value) : null,
    );
  const down = chosen.slice(1).map((label, index) => {
    const path = chosen.slice(0, index + 2).join(SIGN);
    return row(path, label, index + 1, facets.category_path[path] ?? 0);
  });
  const children = below.map((path) => row(path, path.split(SIGN).at(-1), chosen.length, facets.category_path[path]));
  return group(
    "Department",
    row("", "All departments", 0),
    departments.flatMap((name) => [row(name, name, 0, facets.category[name] ?? 0), ...(name === chosen[0] ? [...down, ...children] : [])]),
  );
}

function isChild(path, parents) {
  const levels = path.split(SIGN);
  return parents.length > 0 && levels.length === parents.length + 1 && parents.every((level, index) => level === levels[index]);
}

function brands(state, counts, change, redraw) {
  const names = [...new Set([...state.brands, ...Object.keys(counts)])];
  if (!names.length) return "";
  const shown = allBrands ? names : names.slice(0, Math.max(SHOWN_BRANDS, state.brands.length));
  const flip = (name, on) => change({ brands: on ? [...state.brands, name] : state.brands.filter((one) => one !== name) });
  return group(
    "Brand",
    shown.map((name) =>
      el(
        "label",
        { class: "choice" },
        el("input", { type: "checkbox", name: "brand", value: name, checked: state.brands.includes(name), onchange: (event) => flip(name, event.target.checked) }),
        el("span", {}, name),
        count(counts[name] ?? 0),
      ),
    ),
    names.length > SHOWN_BRANDS
      ? el("button", { type: "button", name: "more-brands", class: "text-button", "aria-expanded": String(allBrands), onclick: () => { allBrands = !allBrands; redraw(); } }, allBrands ? "Fewer brands" : `All ${number(names.length)} brands`)
      : null,
  );
}

function count(value) {
  return value === undefined ? null : el("span", { class: "facet-count" }, number(value));
}

/** Draw what is filtered by, each with a way to lift it. */
export function drawChips(box, state, change, clearAll) {
  const chip = (label, part) =>
    el("button", { type: "button", class: "chip", "aria-label": `Remove the filter ${label}`, onclick: () => change(part) }, label, icon("M6 6l8 8M14 6l-8 8"));
  const chips = [];
  if (state.store) chips.push(chip(`Store: ${state.store}`, { store: "" }));
  if (state.category) chips.push(chip(state.category.replaceAll(SIGN, " › "), { category: "" }));
  for (const name of state.brands) chips.push(chip(name, { brands: state.brands.filter((one) => one !== name) }));
  if (state.least !== null) chips.push(chip(`from ${price(state.least)}`, { least: null }));
  if (state.most !== null) chips.push(chip(`up to ${price(state.most)}`, { most: null }));
  if (state.inStock) chips.push(chip("In stock", { inStock: false }));
  if (chips.length > 1) chips.push(el("button", { type: "button", class: "text-button", onclick: clearAll }, "Clear all"));
  box.replaceChildren(...chips);
}
