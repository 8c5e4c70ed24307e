"""The encoder without padding: all tokens of a batch in one long row, attention by runs of equally long texts.

Most of an encoder's work is the same for every token (dense layers, LayerNorm, GELU) and does not care where a text
ends; only attention does. Texts are sorted by length, so that those of one length lie side by side and are one plain
(B, H, T, K) batch for the attention kernel. Nothing is padded, no mask is needed, and the vectors are those of
`Encoder.forward`.

Legend: B texts, N tokens of all texts together, T tokens of each text of a run, R texts of a run, D hidden size,
H heads, K size of a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from aisle.errors import UserError
from aisle.model.attention import MultiHeadAttention, attention_scores, attention_weights
from aisle.model.encoder import Encoder
from aisle.model.layer import EncoderLayer, PreNormLayer
from aisle.model.pooling import pool
from aisle.training.dropout import dropout


class TokenTable:
    """The tokens of many texts in one array, so that a batch of them is gathered without a loop in Python."""

    def __init__(self, ids: Sequence[Sequence[int]], segments: Sequence[Sequence[int]] | None = None) -> None:
        """`ids` and, for pairs, `segments` as the tokenizer gives them: a list a text."""
        self.lengths_B = np.fromiter(map(len, ids), np.int64, len(ids))
        self.starts_B = np.cumsum(self.lengths_B) - self.lengths_B
        self.ids_N = np.fromiter((token for row in ids for token in row), np.int64)
        self.segments_N = None if segments is None else np.fromiter((s for row in segments for s in row), np.int64)

    @classmethod
    def of_arrays(
        cls, ids: Sequence[NDArray[np.int64]], segments: Sequence[NDArray[np.int64]] | None = None
    ) -> TokenTable:
        """The same from an array a text, without a loop over tokens."""
        table = cls.__new__(cls)
        table.lengths_B = np.fromiter(map(len, ids), np.int64, len(ids))
        table.starts_B = np.cumsum(table.lengths_B) - table.lengths_B
        table.ids_N = np.concatenate(ids)
        table.segments_N = None if segments is None else np.concatenate(segments)
        return table

    def __len__(self) -> int:
        return len(self.lengths_B)

    def pack(self, texts: Sequence[int] | NDArray[np.int64]) -> PackedBatch:
        """The texts with these numbers, ready for `packed_forward`."""
        rows_B = np.asarray(texts, np.int64)
        order_B = np.argsort(self.lengths_B[rows_B], kind="stable")
        sorted_B = rows_B[order_B]
        lengths_B = self.lengths_B[sorted_B]
        first_B = np.cumsum(lengths_B) - lengths_B
        positions_N = np.arange(lengths_B.sum()) - np.repeat(first_B, lengths_B)
        at_N = positions_N + np.repeat(self.starts_B[sorted_B], lengths_B)
        place_B = np.empty_like(order_B)
        place_B[order_B] = np.arange(len(order_B))
        runs = zip(*(part.tolist() for part in np.unique(lengths_B, return_counts=True)), strict=True)
        return PackedBatch(
            ids_N=torch.from_numpy(self.ids_N[at_N]),
            segments_N=None if self.segments_N is None else torch.from_numpy(self.segments_N[at_N]),
            positions_N=torch.from_numpy(positions_N),
            place_B=torch.from_numpy(place_B),
            runs=tuple((texts_of_run, length) for length, texts_of_run in runs),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedBatch:
    """The tokens of some texts, shortest text first."""

    ids_N: Tensor
    segments_N: Tensor | None
    """None: all 0."""
    positions_N: Tensor
    """Each token's place in its text, counted from 0."""
    place_B: Tensor
    """Where each text lies, in the order in which texts were asked for."""
    runs: tuple[tuple[int, int], ...]
    """(texts R, tokens T of each), one entry a length."""

    @property
    def tokens(self) -> int:
        """How many tokens there are."""
        return len(self.ids_N)

    def to(self, device: torch.device) -> PackedBatch:
        """The same on a device."""
        segments_N = None if self.segments_N is None else self.segments_N.to(device)
        return replace(
            self,
            ids_N=self.ids_N.to(device),
            segments_N=segments_N,
            positions_N=self.positions_N.to(device),
            place_B=self.place_B.to(device),
        )


def packed_forward(encoder: Encoder, batch: PackedBatch) -> Tensor:
    """The last layer's vectors (N, D) of all tokens, in the order of the batch.

    Raises
        UserError: a text has more tokens than the encoder has positions for.
    """
    longest = batch.runs[-1][1] if batch.runs else 0
    if longest > encoder.config.max_tokens:
        raise UserError(
            f"a text has {longest} tokens, and the encoder has positions for {encoder.config.max_tokens}; "
            "cut it with the tokenizer's max_tokens"
        )
    x_ND = _embed(encoder, batch)
    for layer in encoder.layers:
        assert isinstance(layer, EncoderLayer)
        rate = layer.dropout.p
        if isinstance(layer, PreNormLayer):
            attended_ND = _attend(layer.attention, layer.attention_norm(x_ND), batch.runs)
            x_ND = x_ND + dropout(attended_ND, rate, layer.training)
            hidden_ND = layer.feed_forward(layer.feed_forward_norm(x_ND), None)
            x_ND = x_ND + dropout(hidden_ND, rate, layer.training)
            continue
        attended_ND = _attend(layer.attention, x_ND, batch.runs)
        x_ND = layer.attention_norm(x_ND + dropout(attended_ND, rate, layer.training))
        x_ND = layer.feed_forward_norm(x_ND + dropout(layer.feed_forward(x_ND, None), rate, layer.training))
    return x_ND if encoder.norm is None else encoder.norm(x_ND)


def packed_pool(encoder: Encoder, x_ND: Tensor, batch: PackedBatch, mode: str) -> Tensor:
    """One vector (B, D) a text, in the order in which texts were asked for; `mode` as in `pool`."""
    pooled = [pool(x_RTD, None, mode, pooler=encoder.pooler) for x_RTD in _by_runs(x_ND, batch.runs)]
    return torch.cat(pooled)[batch.place_B]


def _embed(encoder: Encoder, batch: PackedBatch) -> Tensor:
    """Token + position + segment, normalised (N, D)."""
    tables = encoder.embeddings
    sum_ND = tables.token(batch.ids_N) + tables.position(batch.positions_N + tables.position_offset)
    if tables.segment is not None:
        segments_N = torch.zeros_like(batch.ids_N) if batch.segments_N is None else batch.segments_N
        sum_ND = sum_ND + tables.segment(segments_N)
    return dropout(tables.norm(sum_ND), tables.dropout.p, tables.training)


def _attend(attention: MultiHeadAttention, x_ND: Tensor, runs: Sequence[tuple[int, int]]) -> Tensor:
    """Every token gathers from the tokens of its own text (N, D)."""
    rate = attention.dropout if attention.training else 0.0
    D = x_ND.shape[1]
    # One product for query, key and value: x is read once.
    weight = torch.cat([attention.query.weight, attention.key.weight, attention.value.weight])
    bias = torch.cat([attention.query.bias, attention.key.bias, attention.value.bias])
    qkv_N3D = torch.nn.functional.linear(x_ND, weight, bias)
    gathered = []
    for qkv_RT3D in _by_runs(qkv_N3D, runs):
        R, T, _ = qkv_RT3D.shape
        q_RHTK, k_RHTK, v_RHTK = (
            qkv_RT3D.view(R, T, 3, attention.num_heads, D // attention.num_heads).permute(2, 0, 3, 1, 4).unbind()
        )
        if rate:
            # What the fused kernel falls back to where weights are dropped, with cheaper random numbers.
            weights_RHTT = attention_weights(attention_scores(q_RHTK, k_RHTK), None)
            context_RHTK = dropout(weights_RHTT, rate, True) @ v_RHTK
        else:
            context_RHTK = scaled_dot_product_attention(q_RHTK, k_RHTK, v_RHTK)
        gathered.append(context_RHTK.transpose(1, 2).reshape(R * T, D))
    output_ND: Tensor = attention.output(torch.cat(gathered))
    return output_ND


def _by_runs(x_ND: Tensor, runs: Sequence[tuple[int, int]]) -> list[Tensor]:
    """The rows of each run as (R, T, D)."""
    parts = torch.split(x_ND, [texts * length for texts, length in runs])
    return [part.view(texts, length, -1) for part, (texts, length) in zip(parts, runs, strict=True)]
