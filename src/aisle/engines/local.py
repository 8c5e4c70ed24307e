"""The index in this package's own files.

Legend: N products, D vector length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.engines.address import LOCAL
from aisle.engines.directory import DirectoryIndex
from aisle.engines.interface import IndexStats
from aisle.engines.record import Record
from aisle.search.build import build_search
from aisle.search.graph import check_size
from aisle.search.index import SearchIndex
from aisle.search.pieces import PieceReader
from aisle.shop.product import Product


class LocalIndex(DirectoryIndex):
    """The vectors lie beside the words."""

    def _open(self) -> SearchIndex:
        return SearchIndex.open(self._directory)

    def check(self, products: int) -> None:
        """As `Index`: large ones need the extra `ann`."""
        check_size(products)

    def build(
        self,
        products: Sequence[Product],
        vectors_ND: NDArray[np.float32] | None,
        *,
        encoder: str,
        reader: PieceReader | None = None,
        carts: Mapping[str, int] | None = None,
    ) -> None:
        """As `Index`."""
        assert (vectors_ND is None) == (not encoder), "vectors and their encoder come together"
        build_search(self._directory, products, vectors_ND, reader=reader, carts=carts)
        dim = 0 if vectors_ND is None else int(vectors_ND.shape[1])
        Record(uri=LOCAL, collection="", encoder=encoder, dim=dim).write(self._directory)
        self.close()

    def upsert(self, products: Sequence[Product], vectors_ND: NDArray[np.float32] | None, *, encoder: str) -> None:
        """As `Index`."""
        self._record.check_encoder(encoder, "products")
        self._changed.put(products, vectors_ND)

    def delete(self, product_ids: Iterable[str]) -> int:
        """As `Index`."""
        before = len(self.search_index)
        self._changed.delete(product_ids)
        return before - len(self.search_index)

    def stats(self) -> IndexStats:
        """As `Index`."""
        return IndexStats(
            engine=LOCAL,
            collection="",
            products=len(self.search_index),
            vectors=self.search_index.count_vectors(),
            dim=self._record.dim,
            encoder=self._record.encoder,
            bytes=self._bytes(),
        )

    def drop(self) -> None:
        """Nothing lies elsewhere."""
