// Elements from plain values. Nothing here or anywhere on the page parses text as HTML.

/** An element with attributes, listeners ("on…") and children; strings become text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon drawn from one path. */
export function icon(path, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
}

/** A number for people: 1,234. */
export const number = new Intl.NumberFormat().format;

/** A price for people: 3.50. The catalogue names no currency, so none is shown. */
export const price = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format;

/** "1 product", "2 products". */
export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

let quiet;

/** Say something to screen readers, a moment later so that a burst becomes one sentence. */
export function announce(text) {
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    document.getElementById("live").textContent = text;
  }, 350);
}
