"""A decoder checkpoint read and run with numpy alone: one core, a few rows, a token at a time.

At these sizes a step is bounded by reading the weights once, which numpy's matrix product does as well as any engine;
so nothing has to be compiled or exported. It computes what `aisle.model.decoder` computes (a test keeps them equal).

Legend: B rows, T new tokens, P tokens read before, D hidden size, H heads, K size of a head, V vocabulary, L layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.checkpoint import Weights
from aisle.model.decoder_checkpoint import read_decoder_weights
from aisle.model.decoder_config import DecoderConfig

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decoder keeps of tokens that it has read; never changed, so that many may go on from one."""

    k_LBHPK: tuple[Array, ...]
    v_LBHPK: tuple[Array, ...]

    @property
    def length(self) -> int:
        """How many tokens of each row have been read."""
        return int(self.k_LBHPK[0].shape[2]) if self.k_LBHPK else 0

    def first(self, length: int) -> Reading:
        """As it was after the first tokens."""
        return Reading(
            tuple(k_BHPK[:, :, :length] for k_BHPK in self.k_LBHPK),
            tuple(v_BHPK[:, :, :length] for v_BHPK in self.v_LBHPK),
        )

    def select(self, rows_B: NDArray[np.int64]) -> Reading:
        """These rows, in this order."""
        return Reading(
            tuple(k_BHPK[rows_B] for k_BHPK in self.k_LBHPK), tuple(v_BHPK[rows_B] for v_BHPK in self.v_LBHPK)
        )


NOTHING_READ = Reading((), ())


class NumpyDecoder:
    """A decoder of GPT-2's family. Safe to use from many threads."""

    def __init__(self, config: DecoderConfig, weights: Weights) -> None:
        self.config = config
        self._table_VD = np.ascontiguousarray(weights["token.weight"])
        self._positions_PD = np.ascontiguousarray(weights["position.weight"])
        self._norm = weights["norm.weight"], weights["norm.bias"]
        self._layers = [_Layer(config, weights, f"layers.{n}") for n in range(config.num_layers)]

    @classmethod
    def load(cls, directory: str | Path) -> NumpyDecoder:
        """Read a checkpoint directory.

        Raises
            UserError: a file is missing or damaged, or config and weights do not belong together.
        """
        config = DecoderConfig.load(directory)
        return cls(config, read_decoder_weights(directory, config))

    def read(self, tokens_BT: NDArray[np.int64], before: Reading = NOTHING_READ) -> tuple[Array, Reading]:
        """The scores (B, V) of what follows the last token of each row, and what is kept of all tokens.

        Raises
            UserError: more tokens, those read before among them, than the decoder has positions for.
        """
        P = before.length
        end = P + tokens_BT.shape[1]
        if end > self.config.max_positions:
            raise UserError(f"a text has {end} tokens, and the decoder has positions for {self.config.max_positions}")
        x_BTD: Array = self._table_VD[tokens_BT] + self._positions_PD[P:end]
        keys, values = [], []
        for n, layer in enumerate(self._layers):
            old = (before.k_LBHPK[n], before.v_LBHPK[n]) if P else None
            x_BTD, k_BHPK, v_BHPK = layer(x_BTD, old)
            keys.append(k_BHPK)
            values.append(v_BHPK)
        last_BD = normalized(x_BTD[:, -1], *self._norm, self.config.layer_norm_eps)
        return last_BD @ self._table_VD.T, Reading(tuple(keys), tuple(values))


class DecoderRows:
    """Rows that a decoder goes on with: `aisle.model.generation.next_tokens.NextTokens`."""

    def __init__(self, decoder: NumpyDecoder, reading: Reading = NOTHING_READ) -> None:
        self.decoder, self.reading = decoder, reading

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V) of what comes next."""
        scores_BV, self.reading = self.decoder.read(tokens_BT, self.reading)
        return scores_BV

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        self.reading = self.reading.select(rows_B)


class _Layer:
    def __init__(self, config: DecoderConfig, weights: Weights, name: str) -> None:
        self.eps, self.num_heads = config.layer_norm_eps, config.num_heads
        self.activate = activation(config.hidden_act)

        def linear(*parts: str) -> tuple[Array, Array]:
            """Weights (in, out) and biases of linear layers side by side."""
            joined = np.concatenate([weights[f"{name}.{part}.weight"] for part in parts])
            bias = np.concatenate([weights[f"{name}.{part}.bias"] for part in parts])
            return np.ascontiguousarray(joined.T), bias

        self.qkv = linear("attention.query", "attention.key", "attention.value")
        self.output = linear("attention.output")
        self.hidden, self.narrowed = linear("feed_forward.hidden"), linear("feed_forward.output")
        self.norms = [
            (weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"])
            for part in ("attention_norm", "feed_forward_norm")
        ]

    def __call__(self, x_BTD: Array, old: tuple[Array, Array] | None) -> tuple[Array, Array, Array]:
        B, T, D = x_BTD.shape
        qkv_BTE = normalized(x_BTD, *self.norms[0], self.eps) @ self.qkv[0] + self.qkv[1]
        q_BHTK, k_BHPK, v_BHPK = qkv_BTE.reshape(B, T, 3, self.num_heads, -1).transpose(2, 0, 3, 1, 4)
        if old is not None:
            k_BHPK = np.concatenate([old[0], k_BHPK], axis=2)
            v_BHPK = np.concatenate([old[1], v_BHPK], axis=2)
        scores_BHTP = q_BHTK @ k_BHPK.swapaxes(2, 3) * np.float32(1 / math.sqrt(q_BHTK.shape[-1]))
        if T > 1:
            P = k_BHPK.shape[2]
            scores_BHTP[:, :, ~np.tri(T, P, P - T, dtype=bool)] = -np.inf
        scores_BHTP -= scores_BHTP.max(axis=-1, keepdims=True)
        np.exp(scores_BHTP, out=scores_BHTP)
        scores_BHTP /= scores_BHTP.sum(axis=-1, keepdims=True)
        context_BTD = (scores_BHTP @ v_BHPK).transpose(0, 2, 1, 3).reshape(B, T, D)
        x_BTD = x_BTD + (context_BTD @ self.output[0] + self.output[1])
        hidden_BTF = self.activate(normalized(x_BTD, *self.norms[1], self.eps) @ self.hidden[0] + self.hidden[1])
        return x_BTD + (hidden_BTF @ self.narrowed[0] + self.narrowed[1]), k_BHPK, v_BHPK


def normalized(x: Array, weight_D: Array, bias_D: Array, eps: float) -> Array:
    """LayerNorm over the last axis."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(eps))
    result: Array = centred / spread * weight_D + bias_D
    return result


def activation(name: str) -> Callable[[Array], Array]:
    """The function that a config calls by this name.

    Raises
        UserError: it is the exact GELU, for which numpy has no error function.
    """
    if name == "relu":
        return lambda x: np.maximum(x, 0)
    if name == "gelu":
        raise UserError("numpy has no exact GELU; use a decoder with gelu_new, gelu_pytorch_tanh or relu")
    root = np.float32(math.sqrt(2 / math.pi))

    def gelu(x: Array) -> Array:
        """The approximation with tanh. Source: arXiv 1606.08415, section 2."""
        inner = x * x
        inner *= np.float32(0.044715)
        inner += 1
        inner *= x
        inner *= root
        np.tanh(inner, out=inner)
        inner += 1
        inner *= x
        inner *= np.float32(0.5)
        return inner

    return gelu


def token_row(tokens: Sequence[int]) -> NDArray[np.int64]:
    """One row (1, T) of tokens."""
    return np.asarray(tokens, np.int64)[None]
