// Where the numbers come from: the server, or this very file.

import { get, Problem } from "../shop/api.js";

const MOST_BYTES = 96 * 1024 * 1024;

/** Numbers of the server for one text and its pair, a step at a time; the last ones are remembered. */
export function served() {
  const kept = new Map();
  let bytes = 0;
  let texts = {};
  const numbers = async (path, parameters) => {
    const key = `${path}?${new URLSearchParams(parameters)}`;
    if (kept.has(key)) {
      const found = kept.get(key);
      kept.delete(key);
      kept.set(key, found);
      return found;
    }
    const found = await binary(key);
    kept.set(key, found);
    bytes += found.data.byteLength;
    for (const [old, value] of kept) {
      if (bytes <= MOST_BYTES || old === key) break;
      kept.delete(old);
      bytes -= value.data.byteLength;
    }
    return found;
  };
  return {
    live: true,
    async summary(text, pair, signal) {
      const found = await get("/api/inspect", { text, pair }, signal);
      texts = { text, ...(pair ? { pair } : {}) };
      return found;
    },
    values: (name, given = {}) => numbers("/api/inspect/values", { ...texts, name, ...given }),
    table: (name, rows = "") => numbers("/api/inspect/table", rows ? { name, rows } : { name }),
  };
}

async function binary(address) {
  const response = await fetch(address).catch(() => {
    throw new Problem({ title: "The server cannot be reached", detail: "The server does not answer.", what_to_do: "Check that it runs, then try again." });
  });
  if (!response.ok) throw new Problem(await response.json().catch(() => ({ title: "No numbers", detail: `The server answered ${response.status}.` })));
  const shape = response.headers.get("x-shape").split(",").map(Number);
  return { shape, data: new Float32Array(await response.arrayBuffer()) };
}

/** Numbers that stand in this file. */
export function enclosed() {
  const read = new Map();
  const whole = (kind, name) => {
    const key = `${kind} ${name}`;
    if (!read.has(key)) {
      const element = document.querySelector(`script[data-kind="${kind}"][data-name="${CSS.escape(name)}"]`);
      if (!element) throw new Problem({ title: "Not in this file", detail: `This file does not hold ${name}.`, what_to_do: "It was made with --steps; make it anew without, or open the live page: aisle inspect --serve." });
      read.set(key, { shape: element.dataset.shape.split(",").map(Number), data: decoded(element.textContent) });
    }
    return read.get(key);
  };
  return {
    live: false,
    summary: async () => JSON.parse(document.getElementById("walk-summary").textContent),
    values: async (name, { head = -1, cells = 0 } = {}) => {
      let found = whole("step", name);
      if (head >= 0) {
        const size = found.shape[1] * found.shape[2];
        found = { shape: found.shape.slice(1), data: found.data.subarray(head * size, (head + 1) * size) };
      }
      return cells ? averaged(found, cells) : found;
    },
    table: async (name, rows = "") => {
      const found = whole("table", name);
      if (!rows) return found;
      const [first, end] = rows.split(":").map(Number);
      const columns = found.shape[1] ?? 1;
      return { shape: [end - first, ...found.shape.slice(1)], data: found.data.subarray(first * columns, end * columns) };
    },
  };
}

function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

// Square matrices averaged into at most `cells` a side, as the server does it.
function averaged({ shape, data }, cells) {
  const size = shape.at(-1);
  if (size <= cells) return { shape, data };
  const border = (cell) => Math.floor((cell * size) / cells);
  const count = data.length / (size * size);
  const found = new Float32Array(count * cells * cells);
  for (let head = 0; head < count; head += 1) {
    for (let row = 0; row < cells; row += 1) {
      for (let col = 0; col < cells; col += 1) {
        let sum = 0;
        for (let i = border(row); i < border(row + 1); i += 1) for (let j = border(col); j < border(col + 1); j += 1) sum += data[(head * size + i) * size + j];
        found[(head * cells + row) * cells + col] = sum / ((border(row + 1) - border(row)) * (border(col + 1) - border(col)));
      }
    }
  }
  return { shape: [...shape.slice(0, -2), cells, cells], data: found };
}
