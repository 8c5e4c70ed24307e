// What the shopper does, as UBI records to POST /api/events. Off by a switch; sessions have a random number that
// changes after half an hour of rest or half a day, and nothing else that tells who it is.

const SWITCH = "aisle.learn";
const SESSION = "aisle.session";
const REST = 30 * 60 * 1000;
const LONGEST = 12 * 60 * 60 * 1000;
const READABLE = 300;
const PAUSE = 1500;
const BATCH = 50;

let waiting = [];
let timer;
let lookedAt;

/** A random number as text. */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the shopper lets the search learn. Off by default where the browser asks not to be tracked. */
export function learning() {
  return (read(localStorage, SWITCH) ?? (navigator.globalPrivacyControl ? "off" : "on")) === "on";
}

/** Turn it on or off; what waits to be sent is forgotten when it is turned off. */
export function setLearning(on) {
  write(localStorage, SWITCH, on ? "on" : "off");
  if (!on) {
    clearTimeout(lookedAt);
    waiting = [];
  }
}

/** A query was submitted; the id joins what follows to it. */
export function search(query, queryId, store) {
  push({ user_query: query, query_id: queryId, ...(store && { query_attributes: { store } }) });
}

/** Something was done with a product: impression, click or add_to_cart. */
export function product(action, productId, { query = "", queryId = "", position = null, store = "" } = {}) {
  const attributes = { object: { object_id: productId, object_id_field: "product_id" } };
  if (position !== null) attributes.position = { ordinal: position };
  if (store) attributes.store = store;
  push({ action_name: action, ...(query && { user_query: query }), ...(queryId && { query_id: queryId }), event_attributes: attributes });
}

/** The listener of the search box. `store()` is the store chosen. */
export function suggestions(store) {
  const where = () => (store() ? { store: store() } : {});
  const record = (action, prefix, suggestion, position) => ({
    action_name: action,
    user_query: suggestion.text,
    event_attributes: { prefix, position: { ordinal: position }, ...where() },
  });
  return {
    typed(prefix) {
      clearTimeout(lookedAt);
      push({ action_name: "typed", event_attributes: { prefix, ...where() } });
    },
    shown(prefix, found) {
      clearTimeout(lookedAt);
      // A list that gives way to the next one before anyone can read it has not been seen.
      lookedAt = setTimeout(() => {
        found.forEach((suggestion, index) => push(record("suggestion_shown", prefix, suggestion, index + 1)));
      }, READABLE);
    },
    tapped(prefix, suggestion, position) {
      push(record("suggestion_tapped", prefix, suggestion, position));
    },
  };
}

function push(record) {
  if (!learning()) return;
  waiting.push({ ...record, session_id: session(), timestamp: new Date().toISOString() });
  if (waiting.length >= BATCH) send();
  else timer ??= setTimeout(send, PAUSE);
}

function send() {
  clearTimeout(timer);
  timer = undefined;
  while (waiting.length) {
    const body = JSON.stringify(waiting.splice(0, BATCH));
    // Best effort: a lost record costs the shop one line of its log, a retry storm would cost it the search.
    fetch("/api/events", { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: body.length < 60000 }).catch(() => {});
  }
}

function session() {
  const now = Date.now();
  let current = JSON.parse(read(sessionStorage, SESSION) ?? "null");
  if (!current || now - current.last > REST || now - current.first > LONGEST) current = { id: randomId(), first: now };
  current.last = now;
  write(sessionStorage, SESSION, JSON.stringify(current));
  return current.id;
}

// Storage can be forbidden; then nothing is remembered from page to page.
const fallback = new Map();

function read(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return fallback.get(key) ?? null;
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    fallback.set(key, value);
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") send();
});
