"""A set of products indexed together: a built version, or the products that were put since.

Legend: N products, D vector length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.search.columns import Columns
from aisle.search.documents import Documents
from aisle.search.graph import GRAPH_FROM
from aisle.search.inverted import InvertedIndex, Norms, build_inverted
from aisle.search.pieces import PieceReader, ProductPieces
from aisle.search.semantic import Vectors
from aisle.search.storage import open_arrays, save_arrays
from aisle.shop.product import Product

_PIECES = "product_pieces"


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Everything that search needs to know of its products, read-only. A product's number is its place in it."""

    inverted: InvertedIndex
    columns: Columns
    documents: Documents
    vectors: Vectors | None
    """None where the products were never embedded, or a service has their vectors."""
    served: bool = False
    """Whether a service has their vectors."""
    pieces: ProductPieces | None = None
    """None where the towers were trained without pieces."""

    @classmethod
    def build(
        cls,
        products: Sequence[Product],
        vectors_ND: NDArray[np.float32] | None,
        *,
        served: bool = False,
        reader: PieceReader | None = None,
        norms: Norms | None = None,
        plain_words: Counter[str] | None = None,
        carts: Mapping[str, int] | None = None,
    ) -> Segment:
        """Index products in memory; `reader` reads their pieces, `norms` are those of the segment that this one is to
        be searched beside.

        `plain_words` is filled as `build_inverted` says; `carts` are those of `Columns.build`.
        """
        assert vectors_ND is None or (len(vectors_ND) == len(products) and not served)
        return cls(
            build_inverted(products, norms=norms, plain_words=plain_words),
            Columns.build(products, carts),
            Documents.build(products),
            None if vectors_ND is None else Vectors.build(vectors_ND),
            served,
            None if reader is None else reader.products(products),
        )

    def save(self, directory: Path, *, graph_from: int = GRAPH_FROM) -> None:
        """Write all files; from `graph_from` products on, with a graph of neighbours."""
        self.inverted.save(directory)
        self.columns.save(directory)
        self.documents.save(directory)
        if self.vectors is not None:
            self.vectors.save(directory, graph_from=graph_from)
        if self.pieces is not None:
            save_arrays(directory, _PIECES, self.pieces)

    @classmethod
    def open(cls, directory: Path, *, vectors: bool, served: bool = False, pieces: bool = False) -> Segment:
        """Map the files of `save` into memory."""
        return cls(
            InvertedIndex.open(directory),
            Columns.open(directory),
            Documents.open(directory),
            Vectors.open(directory) if vectors else None,
            served,
            open_arrays(ProductPieces, directory, _PIECES) if pieces else None,
        )

    def __len__(self) -> int:
        return len(self.documents)
