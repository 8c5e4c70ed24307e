// The steps of the walk, in order.

import { drawContext, drawJoin, drawQkv, drawScore, drawSoftmax } from "./attention.js";
import { drawCaveat } from "./caveat.js";
import { drawGlance } from "./glance.js";
import { drawPositions, drawSum } from "./input.js";
import { drawFeedForward, drawNorm1, drawNorm2 } from "./layer.js";
import { drawLines } from "./lines.js";
import { drawMatch } from "./match.js";
import { drawNeurons } from "./neurons.js";
import { drawIds, drawPieces, drawText } from "./string.js";
import { drawPool } from "./vector.js";

/** Each has the key that stands in addresses, a title, and `draw(w)`, which gives nodes or a promise of them. */
export const GROUPS = [
  ["The string", [
    { key: "text", title: "Normalise", draw: drawText },
    { key: "pieces", title: "Split into pieces", draw: drawPieces },
    { key: "ids", title: "Tokens to ids", draw: drawIds },
  ]],
  ["The input", [
    { key: "sum", title: "Three embeddings", draw: drawSum },
    { key: "positions", title: "Positions", draw: drawPositions },
  ]],
  ["In a layer", [
    { key: "qkv", title: "Query, key, value", draw: drawQkv },
    { key: "score", title: "One score", draw: drawScore },
    { key: "softmax", title: "Softmax", draw: drawSoftmax },
    { key: "context", title: "Weighted sum", draw: drawContext },
    { key: "join", title: "Heads joined", draw: drawJoin },
    { key: "norm1", title: "Add and normalise", draw: drawNorm1 },
    { key: "ffn", title: "Feed-forward", draw: drawFeedForward },
    { key: "norm2", title: "Add and normalise again", draw: drawNorm2 },
  ]],
  ["Attention", [
    { key: "lines", title: "One head", draw: drawLines },
    { key: "glance", title: "All heads at a glance", draw: drawGlance },
    { key: "neurons", title: "Number by number", draw: drawNeurons },
    { key: "caveat", title: "What attention is not", draw: drawCaveat },
  ]],
  ["The vector", [
    { key: "pool", title: "Pooling", draw: drawPool },
    { key: "match", title: "Why two texts match", draw: drawMatch },
  ]],
];

export const STATIONS = GROUPS.flatMap(([, stations]) => stations);
