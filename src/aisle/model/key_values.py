"""The key-value cache: what attention computed for tokens that were read before, so that it is not computed again.

Legend: B rows, T tokens so far, H heads, K size of a head, L layers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(slots=True)
class KeyValues:
    """Keys and values of one attention; empty before the first token."""

    k_BHTK: Tensor | None = None
    v_BHTK: Tensor | None = None

    def extended(self, k_BHTK: Tensor, v_BHTK: Tensor) -> tuple[Tensor, Tensor]:
        """Put new tokens behind those that are here, and return all of them."""
        if self.k_BHTK is not None and self.v_BHTK is not None:
            k_BHTK = torch.cat([self.k_BHTK, k_BHTK], dim=2)
            v_BHTK = torch.cat([self.v_BHTK, v_BHTK], dim=2)
        self.k_BHTK, self.v_BHTK = k_BHTK, v_BHTK
        return k_BHTK, v_BHTK

    def select(self, rows_B: Tensor) -> None:
        """Keep these rows, in this order; one may be named several times (the beams of a search)."""
        if self.k_BHTK is not None and self.v_BHTK is not None:
            self.k_BHTK, self.v_BHTK = self.k_BHTK[rows_B], self.v_BHTK[rows_B]


@dataclass(slots=True)
class LayerCache:
    """What one layer of a decoder keeps."""

    own: KeyValues = field(default_factory=KeyValues)
    """Of the tokens that the decoder has read itself."""
    source: KeyValues = field(default_factory=KeyValues)
    """Of the encoded source, computed at the first step; stays empty in a decoder without an encoder."""


class Cache:
    """One entry a layer. Made for a decoder, handed to each of its steps, and changed by them."""

    def __init__(self, num_layers: int) -> None:
        self.layers = [LayerCache() for _ in range(num_layers)]
        self.length = 0
        """How many tokens of each row have been read."""

    def select(self, rows_B: Tensor) -> None:
        """Keep these rows, in this order."""
        for layer in self.layers:
            layer.own.select(rows_B)
            layer.source.select(rows_B)
