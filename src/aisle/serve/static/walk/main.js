// The walk: the address says which text, which step and which number; everything that changes the view changes it first.

import { latestOnly, Problem } from "../shop/api.js";
import { announce, el, number } from "../shop/dom.js";
import { openKeys, watchKeys } from "./keys.js";
import { enclosed, served } from "./source.js";
import { fromAddress, toAddress, within } from "./state.js";
import { GROUPS, STATIONS } from "./stations.js";

const facts = JSON.parse(document.body.dataset.facts);
const at = (id) => document.getElementById(id);
const EXAMPLES = [
  ["I love machine learning", ""],
  ["Unhappiness doesn't like crème brûlée", ""],
  ["mac and cheese", "macaroni cheese"],
  ["The animal didn't cross the street because it was too tired", ""],
];
const LONGEST = 100000;
// What a server accepts of an address, with room for the rest of it.
const LONGEST_ADDRESS = 200000;

const source = facts.file ? enclosed() : served();
const latest = latestOnly();
let state = fromAddress(location.hash);
let walk = null;
let drawing = 0;

/** Change what is shown. A new step or text is a new entry in the history; a choice within a step is not. */
function set(changes) {
  const moved = ["step", "text", "pair"].some((name) => name in changes && changes[name] !== state[name]);
  const spoken = "text" in changes || "pair" in changes;
  state = { ...state, ...changes };
  history[moved ? "pushState" : "replaceState"](null, "", toAddress(state));
  if (spoken) load();
  else draw({ moved });
}

function walkOn(text, pair, step = state.step) {
  at("text").value = text;
  at("pair").value = pair;
  set({ text, pair, step, word: -1, from: 2, to: 3 });
}

/** Ask for the walk of the present text. */
async function load() {
  at("text").value = state.text;
  at("pair").value = state.pair;
  [at("text"), at("pair")].forEach(grow);
  const stage = at("stage");
  stage.setAttribute("aria-busy", "true");
  stage.classList.add("slow");
  try {
    refuse(state.text, state.pair);
    const found = await latest.run((signal) => source.summary(state.text, state.pair, signal));
    if (!found) return;
    walk = found;
    if (!source.live) state = { ...state, text: walk.text, pair: walk.pair };
    trust();
    notices();
    draw({ moved: true });
  } catch (problem) {
    walk = null;
    at("notices").replaceChildren();
    trouble(problem);
  }
}

// What no server would take is not sent.
function refuse(text, pair) {
  const longest = Math.max(text.length, pair.length);
  const address = encodeURIComponent(text).length + encodeURIComponent(pair).length;
  if (longest <= LONGEST && address <= LONGEST_ADDRESS) return;
  throw new Problem({ title: "The text is too long to send", detail: `It has ${number(Math.max(longest, text.length + pair.length))} characters; about ${number(LONGEST)} can be sent, and the encoder reads far less.`, what_to_do: "Take a part of it." });
}

function trust() {
  const { encoder } = walk;
  const { parity } = encoder;
  at("trust").replaceChildren(
    el("b", { "data-value": "encoder" }, encoder.name),
    `: ${encoder.layers} layers × ${encoder.heads} heads, ${number(encoder.hidden)} wide, ${(encoder.parameters / 1e6).toFixed(1)} million weights. `,
    parity.difference === null
      ? el("span", { class: "parity" }, `Difference to Hugging Face: ${parity.note}.`)
      : el("span", { class: "parity", title: `${parity.note}; ${parity.against}` }, "Differs from Hugging Face by at most ", el("b", { "data-value": "parity" }, parity.difference.toExponential(1).replace("-", "−")), el("span", { class: "parity-note" }, ` (measured: ${parity.note})`), "."),
  );
}

function notices() {
  const { tokens, truncated, encoder } = walk;
  const unknown = tokens.filter((token) => token === encoder.unknown_token).length;
  const said = [];
  if (truncated) said.push([el("b", {}, "Cut. "), `The text has ${number(tokens.length + truncated)} tokens and this encoder has ${number(encoder.positions)} positions: the last ${number(truncated)} are not read. `, el("a", { href: link({ step: "ids" }) }, "Where")]);
  if (unknown) said.push([el("b", {}, "Unknown. "), `${number(unknown)} ${unknown === 1 ? "word is" : "words are"} in no part of the vocabulary and became ${encoder.unknown_token}. `, el("a", { href: link({ step: "pieces" }) }, "Which")]);
  at("notices").replaceChildren(...said.map((nodes) => el("p", { class: "notice" }, nodes)));
}

function link(changes) {
  return toAddress({ ...state, ...changes });
}

function trouble(problem) {
  const told = problem instanceof Problem ? problem.document : { title: "Something went wrong", detail: String(problem) };
  at("stage").replaceChildren(
    el("div", { class: "problem", role: "alert" }, el("h2", {}, told.title ?? "Something went wrong"), el("p", {}, told.detail ?? ""), el("p", { class: "quiet" }, told.what_to_do ?? ""), el("button", { type: "button", class: "plain", onclick: () => (walk ? draw({}) : load()) }, "Try again")),
  );
  settle();
}

function settle() {
  at("stage").classList.remove("slow");
  at("stage").setAttribute("aria-busy", "false");
}

/** Draw the present step. What was asked for before and comes late is dropped. */
async function draw({ moved = false }) {
  if (!walk) return;
  state = within(state, walk);
  const mine = ++drawing;
  const place = Math.max(0, STATIONS.findIndex((one) => one.key === state.step));
  const station = STATIONS[place];
  const stage = at("stage");
  const after = [];
  const w = { walk, state, set, link, walkOn, live: source.live, values: source.values, table: source.table, after: (call) => after.push(call) };
  drawStations(place);
  document.title = `${station.title} – the walk`;
  stage.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => stage.classList.add("slow"), 150);
  try {
    const nodes = await station.draw(w);
    if (mine !== drawing) return;
    const focused = stage.dataset.focus || (stage.contains(document.activeElement) ? document.activeElement.dataset.key : "");
    delete stage.dataset.focus;
    const scrolled = scrolledGroups(stage);
    stage.replaceChildren(
      el("header", { class: "station-head" }, el("span", { class: "tag" }, String(place + 1)), el("h2", {}, station.title)),
      ...[nodes].flat(Infinity).filter((node) => node !== null && node !== undefined && node !== false),
      steps(place),
    );
    for (const call of after) call();
    if (focused) stage.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    bringIntoView(stage, scrolled);
    if (moved) {
      announce(`Step ${place + 1}: ${station.title}`);
      if (stage.getBoundingClientRect().top < 0) stage.scrollIntoView({ block: "start" });
    }
    settle();
  } catch (problem) {
    if (mine === drawing) trouble(problem);
  } finally {
    clearTimeout(slow);
  }
}

// Long rows of tokens stay where they were scrolled to; a new one begins with the chosen token in view.
function scrolledGroups(stage) {
  return [...stage.querySelectorAll("[role=radiogroup]")].map((group) => [group.ariaLabel, group.scrollTop, group.scrollLeft]);
}

function bringIntoView(stage, before) {
  for (const group of stage.querySelectorAll("[role=radiogroup]")) {
    const old = before.find(([name]) => name === group.ariaLabel);
    if (old) [group.scrollTop, group.scrollLeft] = old.slice(1);
    const chosen = group.querySelector("[aria-checked=true]");
    if (!chosen) continue;
    const [box, one] = [group.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (one.top < box.top || one.bottom > box.bottom) group.scrollTop += one.top - box.top - box.height / 2;
    if (one.left < box.left || one.right > box.right) group.scrollLeft += one.left - box.left - box.width / 2;
  }
}

function drawStations(place) {
  let count = 0;
  at("stations").replaceChildren(
    ...GROUPS.map(([title, stations]) =>
      el("section", {}, el("h2", {}, title), el("ol", { start: count + 1 }, stations.map((station) => {
        const mine = count++;
        return el("li", {}, el("a", { href: link({ step: station.key }), "aria-current": mine === place ? "step" : null, onclick: (event) => follow(event, { step: station.key }) }, el("span", { class: "station-number" }, String(mine + 1)), station.title));
      }))),
    ),
    el("p", { class: "beyond" }, facts.lessons ? el("a", { href: "/lessons" }, "Lessons") : null, el("button", { type: "button", class: "keys-button", onclick: () => openKeys(at("keys")) }, "Keys")),
  );
  const current = at("stations").querySelector("[aria-current]");
  const [bar, one] = [at("stations").getBoundingClientRect(), current.getBoundingClientRect()];
  if (one.left < bar.left || one.right > bar.right) at("stations").scrollLeft += one.left - bar.left - bar.width / 3;
}

function follow(event, changes) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  set(changes);
}

function steps(place) {
  const way = (to, label) => {
    const station = STATIONS[to];
    return station ? el("a", { href: link({ step: station.key }), class: label, onclick: (event) => follow(event, { step: station.key }) }, label === "next" ? [`${station.title} `, el("span", { "aria-hidden": "true" }, "→")] : [el("span", { "aria-hidden": "true" }, "←"), ` ${station.title}`]) : el("span");
  };
  return el("nav", { class: "steps", "aria-label": "Back and on" }, way(place - 1, "back"), way(place + 1, "next"));
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(180, area.scrollHeight + 2)}px`;
}

function move(by) {
  const place = STATIONS.findIndex((one) => one.key === state.step) + by;
  if (STATIONS[place]) set({ step: STATIONS[place].key });
}

function turn(name, by) {
  const count = { layer: walk.encoder.layers, head: walk.encoder.heads, from: walk.tokens.length, to: walk.tokens.length }[name];
  set({ [name]: (state[name] + by + count) % count });
}

function start() {
  at("file-note").hidden = !facts.file;
  at("walk-form").hidden = facts.file;
  at("sign-by").textContent = facts.shop ? "to the shop" : "the walk";
  at("examples").append(el("span", { class: "quiet small" }, "or"), ...EXAMPLES.map(([text, pair]) => el("button", { type: "button", class: "plain", onclick: () => walkOn(text, pair, pair ? "match" : state.step) }, pair ? `${text} / ${pair}` : text)));
  at("walk-form").addEventListener("submit", (event) => {
    event.preventDefault();
    walkOn(at("text").value, at("pair").value);
  });
  for (const area of [at("text"), at("pair")]) {
    area.addEventListener("input", () => grow(area));
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      at("walk-form").requestSubmit();
    });
  }
  addEventListener("popstate", () => {
    const before = state;
    state = fromAddress(location.hash);
    if (walk && before.text === state.text && before.pair === state.pair) draw({ moved: true });
    else load();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw({}));
  watchKeys({ move, turn, help: () => openKeys(at("keys")), ready: () => walk !== null });
  load();
}

start();
