// The shop page: the address says what is shown; everything that changes the view changes the address first.

import { get, latestOnly, Problem } from "./api.js";
import { cart } from "./cart.js";
import { combobox } from "./combobox.js";
import { announce, el, number, plural } from "./dom.js";
import { drawChips, drawFilters, expression } from "./filters.js";
import * as log from "./log.js";
import { openProduct } from "./product.js";
import { drawEmpty, drawPages, drawProblem, drawShelf, drawWaiting } from "./results.js";
import { countFilters, fromAddress, PAGE, toAddress, withoutFilters } from "./state.js";

const facts = JSON.parse(document.body.dataset.facts);
const at = (id) => document.getElementById(id);
const MODE_NAMES = [
  ["hybrid", "Both", "By words and by meaning together"],
  ["lexical", "Words", "Only products that contain the words"],
  ["semantic", "Meaning", "Only by what the query means"],
];
const SLOW = 160;
const REMEMBERED = 30;

const latest = latestOnly();
const remembered = new Map();
let state = fromAddress(location.search);
let queryId = "";
let shown = false;

const basket = cart({ button: at("cart-button"), count: at("cart-count"), sheet: at("cart-sheet") });

const box = combobox({
  form: document.querySelector(".search"),
  input: at("query"),
  list: at("suggestions"),
  clear: at("clear"),
  store: () => state.store,
  previous: () => state.query,
  log: log.suggestions(() => state.store),
  submit(query) {
    // Departments, brands and prices chosen for another query seldom fit the next; the store does.
    const store = state.store;
    const fresh = query === state.query ? state : { ...withoutFilters(state), store };
    go({ ...fresh, query, page: 1 }, { submitted: true });
  },
});

/** Change the view: a new entry in the history, unless nothing changes. */
function go(next, { submitted = false } = {}) {
  state = next;
  const address = toAddress(state);
  if (address !== (location.search || location.pathname)) history.pushState(null, "", address);
  show({ submitted, moved: true });
}

function change(part) {
  go({ ...state, ...part, page: 1 });
}

/** What the server is asked for the present state. */
function parameters(filters = {}) {
  return { q: state.query, mode: state.mode, store: state.store, filter: expression(state, filters) };
}

async function ask(signal) {
  const page = get("/api/search", { ...parameters(), k: PAGE, offset: (state.page - 1) * PAGE }, signal);
  // The other brands and departments one could choose instead are counted without the choice made.
  const wider = (wanted, without) => (wanted ? get("/api/search", { ...parameters(without), k: 1 }, signal) : null);
  const [answer, anyBrand, anyCategory] = await Promise.all([
    page,
    wider(state.brands.length, { brand: false }),
    wider(state.category, { category: false }),
  ]);
  const facets = { ...answer.facets };
  if (anyBrand) facets.brand = anyBrand.facets.brand;
  if (anyCategory) facets.category = anyCategory.facets.category;
  return { ...answer, facets };
}

/** Bring the page into line with the state. */
async function show({ submitted = false, moved = false, restored = false } = {}) {
  const stage = at("stage");
  const key = toAddress(state);
  box.set(state.query);
  drawModes();
  drawChips(at("chips"), state, change, () => go(withoutFilters(state)));
  at("filters-label").textContent = countFilters(state) ? `Filters (${countFilters(state)})` : "Filters";
  document.title = state.query ? `${state.query.slice(0, 80)} – ${facts.name}` : facts.name;
  if (submitted || !queryId) queryId = state.query ? log.randomId() : "";
  if (submitted && state.query) log.search(state.query, queryId, state.store);
  if (restored && remembered.has(key)) {
    latest.cancel();
    draw(remembered.get(key));
    return;
  }
  stage.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => (shown ? stage.classList.add("slow") : drawWaiting(stage)), SLOW);
  try {
    const answer = await latest.run(ask);
    if (!answer) return;
    remember(key, answer);
    draw(answer);
    if (moved) scrollTo({ top: 0 });
  } catch (problem) {
    drawProblem(stage, problem instanceof Problem ? problem.document : { detail: String(problem) }, () => show());
    heading("No answer", "");
    at("pages").hidden = true;
    settle();
  } finally {
    clearTimeout(slow);
  }
}

function remember(key, answer) {
  remembered.delete(key);
  remembered.set(key, answer);
  if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value);
}

function settle() {
  at("stage").setAttribute("aria-busy", "false");
  at("stage").classList.remove("slow");
  shown = true;
}

function draw(answer) {
  const first = (state.page - 1) * PAGE;
  const context = (position) => ({ query: state.query, queryId, position, store: state.store });
  const add = (hit, position) => {
    basket.add(hit);
    log.product("add_to_cart", hit.product_id, context(position));
  };
  if (answer.hits.length) {
    drawShelf(at("stage"), answer, state, {
      add,
      seen: (hit, position) => log.product("impression", hit.product_id, context(position)),
      open(hit, position, why) {
        if (!why) log.product("click", hit.product_id, context(position));
        openProduct(at("product-sheet"), hit, position, parameters(), why, () => add(hit, position));
      },
    });
  } else {
    drawEmpty(at("stage"), state, waysOut());
  }
  heading(state.query ? ["Results for ", el("q", {}, state.query)] : "All products", summary(answer, first));
  at("notes").replaceChildren(...answer.notes.map((note) => el("p", { class: "note" }, note)));
  drawFilters(at("filters"), state, answer.facets, facts.stores, change);
  drawPages(at("pages"), answer.total, state.page, (page) => toAddress({ ...state, page }), (page) => go({ ...state, page }));
  at("version").textContent = `Shop version ${answer.version}`;
  announce(answer.total ? plural(answer.total, "product") : "No products found.");
  settle();
}

function summary(answer, first) {
  if (!answer.total) return "0 products";
  const range = answer.hits.length < answer.total ? `${number(first + 1)}–${number(first + answer.hits.length)} of ` : "";
  return `${range}${plural(answer.total, "product")} in ${answer.milliseconds.toFixed(1)} ms`;
}

function heading(title, text) {
  at("headline").replaceChildren(...[title].flat());
  at("summary").textContent = text;
}

function waysOut() {
  const ways = [];
  if (state.page > 1) ways.push(["To the first page", () => go({ ...state, page: 1 })]);
  if (countFilters(state)) ways.push(["Clear all filters", () => go(withoutFilters(state))]);
  if (state.query && state.mode === "lexical") ways.push(["Search by meaning too", () => go({ ...state, mode: "hybrid", page: 1 })]);
  if (state.query) ways.push(["See all products", () => go({ ...withoutFilters(state), query: "" })]);
  return ways;
}

function drawModes() {
  const modes = at("modes");
  if (!modes.querySelector("input")) {
    for (const [value, label, title] of MODE_NAMES) {
      const input = el("input", { type: "radio", name: "mode", value, onchange: () => change({ mode: value }) });
      modes.append(el("label", { title }, input, el("span", {}, label)));
    }
  }
  for (const input of modes.querySelectorAll("input")) input.checked = input.value === state.mode;
}

at("filters-button").addEventListener("click", (event) => {
  const open = event.currentTarget.getAttribute("aria-expanded") !== "true";
  event.currentTarget.setAttribute("aria-expanded", String(open));
  at("filters").classList.toggle("open", open);
});
at("learn").checked = log.learning();
at("learn").addEventListener("change", (event) => log.setLearning(event.target.checked));
at("simulated").hidden = !facts.simulated;
addEventListener("popstate", () => {
  state = fromAddress(location.search);
  show({ restored: true });
});
show();
