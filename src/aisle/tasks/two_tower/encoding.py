"""Many texts to vectors without gradients.

Legend: B texts, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.training.batches import forwards
from aisle.training.packed import PackedBatch, TokenTable


@torch.no_grad()
def encode(
    vectors: Callable[[PackedBatch], Tensor], table: TokenTable, texts_B: NDArray[np.int64], token_budget: int = 8_192
) -> Tensor:
    """The vectors (B, D) of the texts with these numbers, in their order, on the CPU."""
    parts = forwards(np.arange(len(texts_B)), table.lengths_B[texts_B], token_budget)
    vectors_BD = torch.cat([vectors(table.pack(texts_B[part])).float().cpu() for part in parts])
    ordered_BD = torch.empty_like(vectors_BD)
    ordered_BD[torch.from_numpy(np.concatenate(parts))] = vectors_BD
    return ordered_BD
