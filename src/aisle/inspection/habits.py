"""What each head looks at on the whole: a few shares that a person can compare over all layers and heads.

Legend: B one text, T tokens, H heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


class HeadHabits:
    """A recorder that keeps of every layer's attention weights only their habits.

    Each is a mean over all tokens: the share of its weight that a token gives to itself, to the token before it, to
    the token after it, to the first token and to the other special tokens. A token that counts twice (the token before
    is the first one) is in both shares. `spread` is how many tokens would share the weight at the same entropy if they
    shared it evenly: 2 to the power of the entropy in bits, from 1 to T.
    """

    def __init__(self, special: Sequence[bool]) -> None:
        """`special` marks the tokens that frame the texts."""
        self._separators = [place for place, is_special in enumerate(special) if is_special and place]
        self.layers: list[list[dict[str, float]]] = []
        """One list of heads a layer."""

    def record(self, name: str, value: Any) -> None:
        """Told by the forward pass; only the weights (B, H, T, T) are looked at."""
        if not name.endswith(".attention.weights"):
            return
        weights_HTT: torch.Tensor = value[0]
        T = weights_HTT.shape[-1]
        logarithm_HTT = weights_HTT.clamp_min(1e-30).log2()
        entropy_H = -(weights_HTT * logarithm_HTT).sum(-1).mean(-1)
        columns = {
            "self": weights_HTT.diagonal(dim1=-2, dim2=-1).sum(-1) / T,
            "previous": weights_HTT.diagonal(offset=-1, dim1=-2, dim2=-1).sum(-1) / T,
            "next": weights_HTT.diagonal(offset=1, dim1=-2, dim2=-1).sum(-1) / T,
            "first": weights_HTT[:, :, 0].mean(-1),
            "separators": weights_HTT[:, :, self._separators].sum(-1).mean(-1),
            "spread": 2**entropy_H,
        }
        rows = {key: column.tolist() for key, column in columns.items()}
        self.layers.append([{key: row[head] for key, row in rows.items()} for head in range(len(weights_HTT))])
