"""The names of everything that a forward pass computes on its way, and how to listen to it. Free of torch.

A recorder is handed to the encoder's forward pass and told every intermediate result under its name. Without one the
forward pass computes nothing extra. With one it computes the same numbers, bit for bit, and beside them the attention
scores and weights, which the fused attention kernel keeps to itself: weights times V is the context to rounding.

Legend: B texts, T tokens of each, D hidden size, H heads, K size of a head, F feed-forward size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from aisle.model.config import EncoderConfig


class Recorder(Protocol):
    """Whatever wants to see intermediate results. It may keep a tensor, a copy, or nothing."""

    def record(self, name: str, value: Any) -> None:
        """Told once for every intermediate, in the order in which they are computed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A recorder that puts `prefix.` before every name: what a part of the encoder is given to report to."""

    recorder: Recorder
    prefix: str

    def record(self, name: str, value: Any) -> None:
        """Pass a value on under its full name."""
        self.recorder.record(f"{self.prefix}.{name}", value)


def scope(recorder: Recorder | None, prefix: str) -> Recorder | None:
    """The recorder for a part of the encoder; None if nobody listens."""
    return None if recorder is None else Scope(recorder, prefix)


@dataclass(frozen=True, slots=True)
class Intermediate:
    """One thing that is computed: its name, its shape in letters, and what it is."""

    name: str
    """With `{n}` for the number of the layer, counted from 0."""
    shape: str
    """The letters of the legend at the top of this file."""
    meaning: str


INTERMEDIATES = (
    Intermediate("embeddings.token", "BTD", "the vector of each token, from the token table"),
    Intermediate("embeddings.position", "TD or BTD", "the vector of each position, from the position table"),
    Intermediate("embeddings.segment", "BTD", "the vector of each segment; absent where there is no segment table"),
    Intermediate("embeddings.sum", "BTD", "token + position + segment"),
    Intermediate("embeddings.normalized", "BTD", "the sum after LayerNorm: what the first layer is given"),
    Intermediate("layer.{n}.attention.query", "BHTK", "Q = X W_Q, split into heads: what each token looks for"),
    Intermediate("layer.{n}.attention.key", "BHTK", "K = X W_K, split into heads: what each token is found by"),
    Intermediate("layer.{n}.attention.value", "BHTK", "V = X W_V, split into heads: what each token gives"),
    Intermediate("layer.{n}.attention.scores", "BHTT", "Q Kᵀ / √K, from each token (row) to each token (column)"),
    Intermediate("layer.{n}.attention.weights", "BHTT", "softmax of every row of the scores, padding left out"),
    Intermediate("layer.{n}.attention.context", "BHTK", "weights times V: each head's weighted sum"),
    Intermediate("layer.{n}.attention.concatenated", "BTD", "the heads' weighted sums side by side"),
    Intermediate("layer.{n}.attention.output", "BTD", "concatenated times W_O"),
    Intermediate("layer.{n}.attention.residual", "BTD", "the layer's input + the attention's output"),
    Intermediate("layer.{n}.attention.normalized", "BTD", "that sum after LayerNorm"),
    Intermediate("layer.{n}.feed_forward.hidden", "BTF", "each token's vector times W_1"),
    Intermediate("layer.{n}.feed_forward.activated", "BTF", "the hidden numbers after the activation (GELU)"),
    Intermediate("layer.{n}.feed_forward.output", "BTD", "the activated numbers times W_2"),
    Intermediate("layer.{n}.feed_forward.residual", "BTD", "the attention's normalised result + the output"),
    Intermediate("layer.{n}.feed_forward.normalized", "BTD", "that sum after LayerNorm: the layer's result"),
    Intermediate("normalized", "BTD", "the last layer's result after LayerNorm; in pre-norm encoders only"),
    Intermediate("pooled.mean", "BD", "the mean of the last layer's vectors"),
    Intermediate("pooled.max", "BD", "the greatest number in each place of the last layer's vectors"),
    Intermediate("pooled.cls", "BD", "the last layer's vector of the first token"),
    Intermediate("pooled.pooler", "BD", "tanh of a dense layer over the first token's vector"),
)


def forward_names(config: EncoderConfig) -> list[str]:
    """Every name that a forward pass of this encoder reports, in order. Pooling reports its own beside these."""
    names: list[str] = []
    first = [entry.name for entry in INTERMEDIATES if entry.name.startswith("embeddings.")]
    names += [name for name in first if config.num_segments or name != "embeddings.segment"]
    for n in range(config.num_layers):
        parts = [entry.name.format(n=n) for entry in INTERMEDIATES if entry.name.startswith("layer.")]
        # A pre-norm layer normalises first.
        names += _normalized_first(parts) if config.pre_norm else parts
    return [*names, "normalized"] if config.pre_norm else names


def _normalized_first(names: list[str]) -> list[str]:
    """The names of a layer with each half's `normalized` at its beginning."""
    halves = ([name for name in names if f".{half}." in name] for half in ("attention", "feed_forward"))
    return [name for half in halves for name in (half[-1], *half[:-1])]
