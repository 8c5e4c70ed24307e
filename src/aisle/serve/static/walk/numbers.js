// Numbers for people, and the little arithmetic that the pages work out in front of them.

const MOST_SAMPLED = 20000;

/** A number with `places` decimals and a true minus sign; very small ones in powers of ten. */
export function num(value, places = 4) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size !== 0 && size < 0.5 * 10 ** -places ? value.toExponential(1) : value.toFixed(places);
  return text.replace("-", "−");
}

/** A share as "12.3%". */
export function percent(value) {
  return `${(value * 100).toFixed(1)}%`;
}

/** The sum of products of two rows. */
export function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k] * b[k];
  return sum;
}

/** Mean and variance of a row, as LayerNorm takes them. */
export function moments(row) {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return { mean, variance };
}

/** Row `index` of an array {shape: [..., rows, columns], data}. */
export function rowOf({ shape, data }, index) {
  const columns = shape.at(-1);
  return data.subarray(index * columns, (index + 1) * columns);
}

/** Places of a row from the greatest to the smallest by `key`. */
export function ranked(row, key = (value) => value) {
  return Array.from(row.keys()).sort((a, b) => key(row[b]) - key(row[a]));
}

/** A bound that all but one in 200 of the numbers lie within, so that one outlier does not bleach a whole picture. */
export function bound(...arrays) {
  // Of many numbers an even sample is enough; an odd stride does not fall in step with the columns of a matrix.
  const count = arrays.reduce((sum, array) => sum + array.length, 0);
  const stride = count <= MOST_SAMPLED ? 1 : Math.floor(count / MOST_SAMPLED) * 2 + 1;
  const sizes = new Float32Array(arrays.reduce((sum, array) => sum + Math.ceil(array.length / stride), 0));
  let at = 0;
  for (const array of arrays) for (let k = 0; k < array.length; k += stride) sizes[at++] = Math.abs(array[k]);
  sizes.sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * 0.995))] || 1;
}

/** The error function, to 1e-7 (Abramowitz and Stegun 7.1.26 is too coarse; this is its series and fraction). */
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let term = size;
    let sum = size;
    for (let n = 1; n < 60; n += 1) {
      term *= (-size * size) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = size;
  for (let n = 60; n > 0; n -= 1) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-size * size) / (fraction * Math.sqrt(Math.PI)));
}

/** Φ(x): the share of a normal distribution below x. */
export function phi(x) {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

/** The activation that a checkpoint's config names. */
export function activation(name) {
  if (name === "relu") return (x) => Math.max(0, x);
  if (name === "gelu") return (x) => x * phi(x);
  return (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
