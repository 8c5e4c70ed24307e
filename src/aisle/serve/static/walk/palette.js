// Colours for numbers. Negative is blue and positive orange, which every common kind of colour blindness tells apart;
// the sequential scale changes in lightness only. Zero is the colour of the ground, in light and in dark.

const STOPS = {
  light: {
    diverging: ["#0b3c74", "#2f77bd", "#9cc4e6", "#f6f8f5", "#f4bd85", "#d4690f", "#7a3303"],
    sequential: ["#f6f8f5", "#b5dcc6", "#4fa67c", "#0a6847", "#04281b"],
  },
  dark: {
    diverging: ["#bfe0ff", "#5fa8ee", "#27507c", "#1a231e", "#7d4a17", "#f0963c", "#ffe0bd"],
    sequential: ["#1a231e", "#1d4f3b", "#2f8f68", "#74dba9", "#eafff5"],
  },
};
const SIZE = 512;
const made = new Map();

/** Whether the page is dark at the moment. */
export function isDark() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** 512 colours from the lowest to the highest number, as pixels of a canvas. */
export function colours(kind) {
  const key = `${isDark() ? "dark" : "light"}.${kind}`;
  if (!made.has(key)) made.set(key, ramp(STOPS[isDark() ? "dark" : "light"][kind]));
  return made.get(key);
}

/** The colour of one number as CSS. */
export function colour(value, { kind, max }) {
  const pixel = colours(kind)[place(value, kind, max)];
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}

/** Black or white, whichever can be read on the colour of a number. */
export function inkOn(value, { kind, max }) {
  const pixel = colours(kind)[place(value, kind, max)];
  const part = (shift) => {
    const level = ((pixel >> shift) & 255) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(0) + 0.7152 * part(8) + 0.0722 * part(16) > 0.179 ? "#000" : "#fff";
}

/** Where a number stands among the colours. */
export function place(value, kind, max) {
  const share = kind === "diverging" ? (value / max + 1) / 2 : value / max;
  return Math.min(SIZE - 1, Math.max(0, Math.round(share * (SIZE - 1)))) || 0;
}

/** The scale as a CSS gradient. */
export function gradient(kind) {
  return `linear-gradient(to right, ${STOPS[isDark() ? "dark" : "light"][kind].join(", ")})`;
}

function ramp(stops) {
  const rgb = stops.map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  const found = new Uint32Array(SIZE);
  for (let k = 0; k < SIZE; k += 1) {
    const at = (k / (SIZE - 1)) * (rgb.length - 1);
    const low = Math.min(rgb.length - 2, Math.floor(at));
    const [r, g, b] = [0, 1, 2].map((i) => Math.round(rgb[low][i] + (rgb[low + 1][i] - rgb[low][i]) * (at - low)));
    found[k] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return found;
}
