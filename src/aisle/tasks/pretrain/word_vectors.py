"""Word vectors from counting, for a token table to begin with: which words stand near which others.

Counts of neighbours within a few tokens, as positive pointwise mutual information, cut down to the vector's length by a
singular value decomposition: a second of counting finds what a language model finds first.
Source: Levy, Goldberg and Dagan 2015 (Improving distributional similarity), sections 2 and 3.

Legend: N tokens of the sample, V words counted, D vector length, K = D and some more directions that are looked in.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

WINDOW = 4
"""Tokens to either side that are neighbours."""
MOST_WORDS = 8_192
"""Words that are counted, the most frequent ones: the counts of all pairs are held in memory (4 bytes each)."""
_SMOOTHING = 0.75
_MORE, _PASSES = 32, 3


def word_vectors(ids_N: NDArray[np.int64], vocab_size: int, dim: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Words (W,) that were counted, and their vectors (W, `dim`) of standard deviation 1. No special tokens.

    W is smaller than `MOST_WORDS` where fewer words are seen; without enough of them (at most `dim`) it is 0.
    """
    counts = np.bincount(ids_N, minlength=vocab_size)
    words = np.argsort(-counts, kind="stable")[:MOST_WORDS]
    words = words[counts[words] > 0]
    if len(words) <= dim + _MORE:
        return torch.empty(0, dtype=torch.long), torch.empty(0, dim)
    place = np.full(vocab_size, -1, np.int64)
    place[words] = np.arange(len(words))
    information_VV = _mutual_information(place[ids_N], len(words))
    vectors_VD = _leading_directions(information_VV, dim, seed)
    return torch.from_numpy(words), vectors_VD / vectors_VD.std()


def _mutual_information(places_N: NDArray[np.int64], V: int) -> Tensor:
    """max(0, log p(a, b) / (p(a) p(b)^0.75)), where a nearer neighbour counts for more."""
    counts_VV = torch.zeros(V * V)
    for distance in range(1, WINDOW + 1):
        first, second = places_N[:-distance], places_N[distance:]
        both = (first >= 0) & (second >= 0)
        pairs, times = np.unique(first[both] * V + second[both], return_counts=True)
        counts_VV[torch.from_numpy(pairs)] += torch.from_numpy(times).float() * ((WINDOW + 1 - distance) / WINDOW)
    square_VV = counts_VV.view(V, V)
    square_VV = square_VV + square_VV.T
    alone_V = square_VV.sum(1).clamp_(min=1e-9)
    context_V = alone_V**_SMOOTHING
    context_V /= context_V.sum()
    square_VV.div_(alone_V[:, None]).div_(context_V[None])
    return square_VV.clamp_(min=1).log_()


def _leading_directions(symmetric_VV: Tensor, dim: int, seed: int) -> Tensor:
    """U S^0.5 of the largest `dim` singular values, by random projection (arXiv 0909.4061, algorithm 4.4)."""
    generator = torch.Generator().manual_seed(seed)
    found_VK = symmetric_VV @ torch.randn(len(symmetric_VV), dim + _MORE, generator=generator)
    for _ in range(_PASSES):
        found_VK = symmetric_VV @ torch.linalg.qr(found_VK)[0]
    basis_VK = torch.linalg.qr(found_VK)[0]
    small_KV = basis_VK.T @ symmetric_VV
    left_KK, values_K, _ = torch.linalg.svd(small_KV, full_matrices=False)
    directions_VD: Tensor = (basis_VK @ left_KK)[:, :dim] * values_K[:dim].sqrt()
    return directions_VD
