// What is shown is what the address says: state to address and back.

export const MODES = ["hybrid", "lexical", "semantic"];
export const PAGE = 24;
const MOST_OFFSET = 10000;
export const LAST_PAGE = Math.floor(MOST_OFFSET / PAGE) + 1;

/** The state that an address's query string stands for; what makes no sense is left out. */
export function fromAddress(search) {
  const given = new URLSearchParams(search);
  const page = Number.parseInt(given.get("page") ?? "1", 10);
  const mode = given.get("mode");
  return {
    query: (given.get("q") ?? "").slice(0, 10000),
    mode: MODES.includes(mode) ? mode : "hybrid",
    store: given.get("store") ?? "",
    category: given.get("category") ?? "",
    brands: given.getAll("brand"),
    least: amount(given.get("min")),
    most: amount(given.get("max")),
    inStock: given.get("stock") === "1",
    page: page >= 1 && page <= LAST_PAGE ? page : 1,
  };
}

/** The query string of a state; without what is as usual, so that addresses stay short. */
export function toAddress(state) {
  const given = new URLSearchParams();
  if (state.query) given.set("q", state.query);
  if (state.mode !== "hybrid") given.set("mode", state.mode);
  if (state.store) given.set("store", state.store);
  if (state.category) given.set("category", state.category);
  for (const brand of state.brands) given.append("brand", brand);
  if (state.least !== null) given.set("min", state.least);
  if (state.most !== null) given.set("max", state.most);
  if (state.inStock) given.set("stock", "1");
  if (state.page > 1) given.set("page", state.page);
  const text = given.toString();
  return text ? `?${text}` : location.pathname;
}

/** How many filters are set. */
export function countFilters(state) {
  return (
    state.brands.length +
    [state.store, state.category, state.least !== null, state.most !== null, state.inStock].filter(Boolean).length
  );
}

/** `state` without any filter. */
export function withoutFilters(state) {
  return { ...state, store: "", category: "", brands: [], least: null, most: null, inStock: false, page: 1 };
}

function amount(text) {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= 1e9 ? value : null;
}
