"""The Transformer's layers in numpy: what reading and writing need, for one question at a time, without torch.

They compute what `aisle.model.layer.EncoderLayer` and `aisle.model.cross_layer.CrossLayer` compute (a test keeps them
equal). Legend: B rows, T tokens, P tokens read before, S things, D width, H heads, K size of a head, F inner width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from aisle.runtime.decoder import activation, normalized

Array = NDArray[np.float32]
Weights = Mapping[str, Array]
Act = Callable[[Array], Array]


class Linear:
    """x W + b."""

    def __init__(self, weights: Weights, name: str) -> None:
        self.weight = np.ascontiguousarray(weights[f"{name}.weight"].T)
        self.bias = weights.get(f"{name}.bias")

    def __call__(self, x: Array) -> Array:
        y: Array = x @ self.weight
        return y if self.bias is None else y + self.bias


class Norm:
    """LayerNorm."""

    def __init__(self, weights: Weights, name: str, eps: float) -> None:
        self.weight, self.bias, self.eps = weights[f"{name}.weight"], weights[f"{name}.bias"], eps

    def __call__(self, x: Array) -> Array:
        return normalized(x, self.weight, self.bias, self.eps)


class Attention:
    """Multi-head attention of one sequence over another (or itself)."""

    def __init__(self, weights: Weights, name: str, heads: int) -> None:
        self.heads = heads
        self.query, self.key, self.value, self.output = (
            Linear(weights, f"{name}.{part}") for part in ("query", "key", "value", "output")
        )

    def split(self, x_BTD: Array) -> Array:
        """(B, T, D) to (B, H, T, K)."""
        B, T, _ = x_BTD.shape
        return x_BTD.reshape(B, T, self.heads, -1).transpose(0, 2, 1, 3)

    def keys_values(self, x_BTD: Array) -> tuple[Array, Array]:
        """Keys and values (B, H, T, K) of what is looked at."""
        return self.split(self.key(x_BTD)), self.split(self.value(x_BTD))

    def over(self, x_BTD: Array, k_BHSK: Array, v_BHSK: Array) -> Array:
        """What each of T tokens gathers (B, T, D) from all that the keys stand for."""
        q_BHTK = self.split(self.query(x_BTD))
        scores_BHTS: Array = q_BHTK @ k_BHSK.swapaxes(2, 3) * np.float32(1 / math.sqrt(q_BHTK.shape[-1]))
        scores_BHTS -= scores_BHTS.max(axis=-1, keepdims=True)
        np.exp(scores_BHTS, out=scores_BHTS)
        scores_BHTS /= scores_BHTS.sum(axis=-1, keepdims=True)
        B, _, T, _ = q_BHTK.shape
        context_BTD: Array = (scores_BHTS @ v_BHSK).transpose(0, 2, 1, 3).reshape(B, T, -1)
        return self.output(context_BTD)


class EncoderLayer:
    """LayerNorm(x + attention(x)), LayerNorm(x + feed-forward(x)); no padding."""

    def __init__(self, weights: Weights, name: str, heads: int, eps: float, act: Act) -> None:
        self.attention = Attention(weights, f"{name}.attention", heads)
        self.attention_norm = Norm(weights, f"{name}.attention_norm", eps)
        self.hidden, self.narrowed = (Linear(weights, f"{name}.feed_forward.{p}") for p in ("hidden", "output"))
        self.norm = Norm(weights, f"{name}.feed_forward_norm", eps)
        self.act = act

    def __call__(self, x_BTD: Array) -> Array:
        x_BTD = self.attention_norm(x_BTD + self.attention.over(x_BTD, *self.attention.keys_values(x_BTD)))
        return self.norm(x_BTD + self.narrowed(self.act(self.hidden(x_BTD))))


class WritingLayer:
    """A decoder's layer for one new token a row, with what was read before."""

    def __init__(self, weights: Weights, name: str, heads: int, eps: float, act: Act) -> None:
        self.attention = Attention(weights, f"{name}.attention", heads)
        self.attention_norm = Norm(weights, f"{name}.attention_norm", eps)
        self.cross = Attention(weights, f"{name}.cross_attention", heads)
        self.cross_norm = Norm(weights, f"{name}.cross_attention_norm", eps)
        self.hidden, self.narrowed = (Linear(weights, f"{name}.feed_forward.{p}") for p in ("hidden", "output"))
        self.norm = Norm(weights, f"{name}.feed_forward_norm", eps)
        self.act = act

    def __call__(
        self, x_B1D: Array, before: tuple[Array, Array] | None, source: tuple[Array, Array]
    ) -> tuple[Array, tuple[Array, Array]]:
        """The rows after the layer, and its keys and values with the new token's."""
        k_BHTK, v_BHTK = self.attention.keys_values(x_B1D)
        if before is not None:
            k_BHTK = np.concatenate([before[0], k_BHTK], axis=2)
            v_BHTK = np.concatenate([before[1], v_BHTK], axis=2)
        x_B1D = self.attention_norm(x_B1D + self.attention.over(x_B1D, k_BHTK, v_BHTK))
        x_B1D = self.cross_norm(x_B1D + self.cross.over(x_B1D, *source))
        return self.norm(x_B1D + self.narrowed(self.act(self.hidden(x_B1D)))), (k_BHTK, v_BHTK)


def act_named(name: str) -> Act:
    """The function that a config calls by this name, the exact GELU too."""
    return _exact_gelu if name == "gelu" else activation(name)


def _exact_gelu(x: Array) -> Array:
    """x Φ(x), with the error function of Abramowitz and Stegun 7.1.26 (error below 1.5e-7)."""
    z = np.abs(x) * np.float32(1 / math.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    a = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    poly = t * (a[0] + t * (a[1] + t * (a[2] + t * (a[3] + t * np.float32(a[4])))))
    erf = 1 - poly * np.exp(-z * z)
    result: Array = (x * (0.5 + 0.5 * np.copysign(erf, x))).astype(np.float32)
    return result
