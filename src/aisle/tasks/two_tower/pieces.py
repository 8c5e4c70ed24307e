"""The pieces of words that towers learn beside their vectors, for late interaction.

Legend: V pieces of the vocabulary, D vector length, A queries, M products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import normalize

from aisle.objectives.late_interaction import late_interaction_loss, late_interaction_scores
from aisle.objectives.negatives import known_answers
from aisle.sentence.pieces import Pieces
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import TokenTable

_LEAST_RARITY = 0.05
"""A piece that every product holds still counts a little."""


class PieceTable(nn.Module):
    """A vector and a weight for each piece."""

    def __init__(self, vectors_VD: NDArray[np.float32], weights_V: NDArray[np.float32]) -> None:
        super().__init__()
        # Copied, because arrays that are mapped from a file may not be written to.
        self.vectors = nn.Parameter(torch.tensor(vectors_VD))
        self.log_weights = nn.Parameter(torch.tensor(np.log(weights_V)))

    def scores(self, queries: Sequence[Sequence[int]], products: Sequence[Sequence[int]]) -> Tensor:
        """How well each product meets each query (A, M), from the numbers of their pieces."""
        return late_interaction_scores(self.vectors, self.log_weights, queries, products)

    def save(self, directory: Path) -> None:
        """Write `pieces.safetensors`."""
        with torch.no_grad():
            vectors_VD, weights_V = normalize(self.vectors, dim=1), self.log_weights.exp()
        Pieces(vectors_VD.float().cpu().numpy(), weights_V.float().cpu().numpy()).save(directory)


def piece_loss(
    table: PieceTable,
    queries: Sequence[Sequence[int]],
    *,
    queries_A: Tensor,
    rights_A: Tensor,
    products_M: Tensor,
    pieces_of: Callable[[int], list[int]],
    known_P: Tensor,
    num_products: int,
) -> Tensor:
    """Each query must find its product among all of them by its pieces.

    `queries_A` and `rights_A` are the numbers of the queries and of their right answers, `products_M` those of all
    candidates, in rising order; `known_P` as in `known_answers`: other right answers are no negatives.
    """
    scores_AM = table.scores(queries, [pieces_of(product) for product in products_M.tolist()])
    own_A = torch.searchsorted(products_M, rights_A)
    known_AM = known_answers(products_M, queries_A, known_P, num_products)
    device = scores_AM.device
    return late_interaction_loss(scores_AM, own_A.to(device), left_out_AM=known_AM.to(device))


def alone(tokenizer: Tokenizer) -> list[list[int]]:
    """Each piece of the vocabulary as a text of its own."""
    return [[tokenizer.special.cls, piece, tokenizer.special.sep] for piece in range(tokenizer.vocab_size)]


def without_specials(ids: Sequence[int], tokenizer: Tokenizer) -> list[int]:
    """The pieces of a text as the tokenizer gives it with a special token at either end; never none."""
    return list(ids[1:-1]) or [tokenizer.special.unk]


def rarity_weights(products: TokenTable, vocab_size: int) -> NDArray[np.float32]:
    """The weights that pieces start with (V,): the root of how rare they are among the products.

    Formula: `sqrt(max(log(N / n), 0.05))`, n of N products holding the piece.
    """
    owners_N = np.repeat(np.arange(len(products)), products.lengths_B)
    held = np.unique(np.stack([owners_N, products.ids_N]), axis=1)[1]
    counts_V = np.bincount(held, minlength=vocab_size)
    rarity_V = np.log(len(products) / np.maximum(counts_V, 1))
    return np.sqrt(np.maximum(rarity_V, _LEAST_RARITY)).astype(np.float32)
