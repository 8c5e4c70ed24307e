"""Matryoshka: the first numbers of a vector should be a good, shorter vector.

Legend: N rows, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def matryoshka_loss(loss: Callable[..., Tensor], dims: Sequence[int], *vectors_ND: Tensor) -> Tensor:
    """The mean of a loss over several lengths of the same vectors, one number.

    Formula: `mean_d loss(vectors cut to their first d numbers)`, every length weighing the same.
    Shapes: each of `vectors_ND` (N, D); every one of `dims` from 1 to D.
    Source: Kusupati et al. 2022 (arXiv 2205.13147).
    When: vectors will be cut short later, to save memory or time; a loss that works on any length (cosine, triplet,
    in-batch) is needed.
    """
    return torch.stack([loss(*(vectors[:, :dim] for vectors in vectors_ND)) for dim in dims]).mean()
