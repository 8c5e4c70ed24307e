"""Late interaction in a search: every piece of the query's words looks for its nearest piece in a product.

A vector a text says what a product is about and forgets single words; words alone know no other word for a thing. Here
each piece of a word has a vector of its own, learned with the towers, so a product is met word by word, by the same
word or by one that means it. The vectors do not depend on the text: of a product only the numbers of its pieces are
kept, and one that was put a moment ago needs no encoder.

Source: Khattab and Zaharia 2020 (ColBERT, arXiv 2004.12832), section 3.3; `aisle.objectives.late_interaction` has the
formula.

Legend: V pieces of the vocabulary, D vector length, N products, L pieces of all products, C candidates, K pieces of
the candidates, U distinct ones of them, T distinct pieces of the query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.search.storage import open_arrays, save_arrays
from aisle.sentence.pieces import Pieces
from aisle.shop.encoded_text import encoded_text
from aisle.shop.product import Product
from aisle.text.templates import Template
from aisle.text.tokenizer import Tokenizer

TOKENIZER_FOLDER = "pieces"
MOST_PIECES = 64
"""Pieces of a query that are looked at, so that a long one does not keep others waiting."""
_LARGEST = 127


@dataclass(frozen=True, slots=True, eq=False)
class RoundedPieces:
    """The vectors in eight bits: a quarter of the memory, and cosines within a hundredth."""

    vectors_VD: NDArray[np.int8]
    lengths_V: NDArray[np.float32]
    """Length of each row of whole numbers."""
    weights_V: NDArray[np.float32]
    """How much a piece counts where it stands in a query."""

    @classmethod
    def of(cls, pieces: Pieces) -> RoundedPieces:
        """The pieces of towers, rounded."""
        largest_V = np.maximum(np.abs(pieces.vectors_VD).max(axis=1, keepdims=True), 1e-12)
        vectors_VD = np.rint(pieces.vectors_VD * (_LARGEST / largest_V)).astype(np.int8)
        lengths_V = np.linalg.norm(vectors_VD.astype(np.float32), axis=1)
        return cls(vectors_VD, np.maximum(lengths_V, 1).astype(np.float32), pieces.weights_V.astype(np.float32))


class PieceReader:
    """Reads queries and products for late interaction. Read-only."""

    def __init__(self, table: RoundedPieces, tokenizer: Tokenizer, *, template: Template, max_tokens: int) -> None:
        """`template` and `max_tokens` say how a product becomes text and how much of it is read, as for its vector."""
        self.table = table
        self.tokenizer = tokenizer
        self.template = template
        self.max_tokens = max_tokens

    def save(self, directory: Path) -> dict[str, Any]:
        """Write the table and the tokenizer; returns what `open` must be told."""
        save_arrays(directory, "piece_table", self.table)
        folder = directory / TOKENIZER_FOLDER
        folder.mkdir(exist_ok=True)
        self.tokenizer.save(folder)
        return {"template": self.template, "max_tokens": self.max_tokens}

    @classmethod
    def open(cls, directory: Path, facts: dict[str, Any]) -> PieceReader:
        """What `save` wrote. Raises DamagedError for missing or broken arrays, UserError for the tokenizer's files."""
        table = open_arrays(RoundedPieces, directory, "piece_table")
        return cls(table, Tokenizer.load(directory / TOKENIZER_FOLDER), **facts)

    def query(self, text: str) -> QueryPieces:
        """A query, or its first `MOST_PIECES` pieces."""
        pieces = self.tokenizer.pieces([text])[0] or [self.tokenizer.special.unk]
        numbers_T, counts_T = np.unique(pieces[:MOST_PIECES], return_counts=True)
        weights_T = self.table.weights_V[numbers_T] * counts_T
        vectors_TD = self.table.vectors_VD[numbers_T] / self.table.lengths_V[numbers_T, None]
        return QueryPieces(
            self.table,
            numbers_T,
            vectors_TD.astype(np.float32),
            (weights_T / weights_T.sum()).astype(np.float32),
            cut=max(0, len(pieces) - MOST_PIECES),
        )

    def told(self, query: QueryPieces, pieces_K: NDArray[np.int32]) -> list[dict[str, Any]]:
        """Which piece of one product each piece of a query meets, heaviest first, for an explanation."""
        nearest_T, cosines_T = query.nearest(pieces_K)
        order_T = np.lexsort((query.numbers_T, -query.weights_T))
        pieces, met = (self.tokenizer.tokens(row[order_T].tolist()) for row in (query.numbers_T, nearest_T))
        numbers = zip(cosines_T[order_T].tolist(), query.weights_T[order_T].tolist(), strict=True)
        return [
            {"piece": piece, "meets": other, "cosine": round(cosine, 6), "weight": round(weight, 6)}
            for piece, other, (cosine, weight) in zip(pieces, met, numbers, strict=True)
        ]

    def products(self, products: Iterable[Product]) -> ProductPieces:
        """The pieces of products, of a long text those that its vector stands for as well."""
        texts = [encoded_text(product, self.template) for product in products]
        most = self.max_tokens - self.tokenizer.overhead
        return ProductPieces.of([row[:most] or [self.tokenizer.special.unk] for row in self.tokenizer.pieces(texts)])


@dataclass(frozen=True, slots=True, eq=False)
class ProductPieces:
    """The pieces of some products, each at least one."""

    pieces_L: NDArray[np.int32]
    starts_N1: NDArray[np.int64]
    """Where each product's pieces begin, and at last the end."""

    @classmethod
    def of(cls, pieces: Sequence[Sequence[int]]) -> ProductPieces:
        """From a list a product."""
        starts_N1 = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
        return cls(np.fromiter((piece for row in pieces for piece in row), np.int32, int(starts_N1[-1])), starts_N1)

    def rows(self, products_C: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The pieces of some products one after another (K,), and where each one's begin (C,)."""
        first_C = self.starts_N1[products_C]
        lengths_C = self.starts_N1[products_C + 1] - first_C
        starts_C = np.cumsum(lengths_C) - lengths_C
        at_K = np.arange(int(lengths_C.sum())) + np.repeat(first_C - starts_C, lengths_C)
        return self.pieces_L[at_K], starts_C


@dataclass(frozen=True, slots=True, eq=False)
class QueryPieces:
    """The distinct pieces of one query."""

    table: RoundedPieces
    numbers_T: NDArray[np.int64]
    vectors_TD: NDArray[np.float32]
    """Of unit length."""
    weights_T: NDArray[np.float32]
    """They add up to 1."""
    cut: int
    """Pieces of the query that were left out."""

    def meet(self, pieces_K: NDArray[np.int32], starts_C: NDArray[np.int64]) -> NDArray[np.float32]:
        """How well products meet the query (C,), -1 to 1; `pieces_K` and `starts_C` as `ProductPieces.rows` gives."""
        best_CT = np.maximum.reduceat(self._cosines(pieces_K), starts_C, axis=0)
        met_C: NDArray[np.float32] = np.vecdot(best_CT, self.weights_T)
        return met_C

    def nearest(self, pieces_K: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Of one product's pieces the one that each of the query's meets (T,), and their cosines (T,)."""
        cosines_KT = self._cosines(pieces_K)
        return pieces_K[cosines_KT.argmax(axis=0)], cosines_KT.max(axis=0)

    def _cosines(self, pieces_K: NDArray[np.int32]) -> NDArray[np.float32]:
        held_V = np.zeros(len(self.table.lengths_V), np.bool_)
        held_V[pieces_K] = True
        held_U = np.flatnonzero(held_V)
        places_V = np.empty(len(held_V), np.int32)
        places_V[held_U] = np.arange(len(held_U), dtype=np.int32)
        # Row by row, as for the vectors of products: no number depends on what stands beside it, and no threads of the
        # algebra library spin while other requests wait.
        rows_UD = self.table.vectors_VD[held_U].astype(np.float32)
        cosines_UT = np.vecdot(rows_UD[:, None], self.vectors_TD[None]) / self.table.lengths_V[held_U, None]
        cosines_KT: NDArray[np.float32] = cosines_UT[places_V[pieces_K]]
        return cosines_KT
