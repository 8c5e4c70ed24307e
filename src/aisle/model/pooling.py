"""From the vectors of all tokens to one vector for the text.

Legend: B texts, T tokens of each, D hidden size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aisle.errors import UserError
from aisle.model.pooling_config import POOLINGS
from aisle.model.recorder import Recorder


class Pooler(nn.Module):
    """BERT's own sentence vector, made for next-sentence prediction: tanh(W x + b) of the first token's vector."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden_size, hidden_size)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """(B, T, D) to (B, D)."""
        return torch.tanh(self.dense(hidden_BTD[:, 0]))


def pool(
    hidden_BTD: Tensor,
    mask_BT: Tensor | None,
    mode: str,
    *,
    pooler: Pooler | None = None,
    recorder: Recorder | None = None,
) -> Tensor:
    """One vector (B, D) a text. `mask_BT` is true where there is text and false where there is padding.

    `mean` and `max` go over the text's own tokens, special tokens included; `cls` is the first token's vector;
    `pooler` needs the encoder's pooler.

    Raises
        UserError: the mode is not one of `POOLINGS`, or the checkpoint has no pooler.
    """
    if mode == "mean":
        pooled_BD = mean_pool(hidden_BTD, mask_BT)
    elif mode == "max":
        pooled_BD = max_pool(hidden_BTD, mask_BT)
    elif mode == "cls":
        pooled_BD = hidden_BTD[:, 0]
    elif mode == "pooler":
        if pooler is None:
            raise UserError("this checkpoint has no pooler; use pooling mean, max or cls")
        pooled_BD = pooler(hidden_BTD)
    else:
        raise UserError(f"pooling {mode!r} is not one of {', '.join(POOLINGS)}")
    if recorder is not None:
        recorder.record(f"pooled.{mode}", pooled_BD)
    return pooled_BD


def mean_pool(hidden_BTD: Tensor, mask_BT: Tensor | None) -> Tensor:
    """The mean over a text's tokens."""
    if mask_BT is None:
        return hidden_BTD.mean(dim=1)
    kept_BT1 = mask_BT.bool().unsqueeze(-1)
    return hidden_BTD.masked_fill(~kept_BT1, 0).sum(dim=1) / kept_BT1.sum(dim=1)


def max_pool(hidden_BTD: Tensor, mask_BT: Tensor | None) -> Tensor:
    """The greatest number in each place over a text's tokens."""
    if mask_BT is not None:
        hidden_BTD = hidden_BTD.masked_fill(~mask_BT.bool().unsqueeze(-1), float("-inf"))
    return hidden_BTD.amax(dim=1)
