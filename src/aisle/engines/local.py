"""The index in this package's own files.

Legend: N products, D vector length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aisle.engines.address import LOCAL
from aisle.engines.changed import Changed
from aisle.engines.interface import IndexStats
from aisle.engines.record import Record
from aisle.search.build import build_search
from aisle.search.graph import check_size
from aisle.search.index import SearchIndex
from aisle.search.request import SearchRequest, SearchResult
from aisle.shop.product import Product


class LocalIndex:
    """Words, columns, documents and vectors in one directory, mapped into memory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @cached_property
    def _record(self) -> Record:
        return Record.read(self._directory)

    @cached_property
    def _changed(self) -> Changed:
        return Changed(SearchIndex.open(self._directory))

    @property
    def search_index(self) -> SearchIndex:
        """As `Index`."""
        return self._changed.index

    def check(self, products: int) -> None:
        """As `Index`: large ones need the extra `ann`."""
        check_size(products)

    def build(
        self,
        products: Sequence[Product],
        vectors_ND: NDArray[np.float32] | None,
        *,
        encoder: str,
        carts: Mapping[str, int] | None = None,
    ) -> None:
        """As `Index`."""
        assert (vectors_ND is None) == (not encoder), "vectors and their encoder come together"
        build_search(self._directory, products, vectors_ND, carts=carts)
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

    def search(
        self, request: SearchRequest, query_D: NDArray[np.float32] | None = None, *, encoder: str = ""
    ) -> SearchResult:
        """As `Index`."""
        if query_D is not None:
            self._record.check_encoder(encoder, "a query")
        return self.search_index.search(request, query_D)

    def stats(self) -> IndexStats:
        """As `Index`."""
        return IndexStats(
            engine=LOCAL,
            collection="",
            products=len(self.search_index),
            vectors=len(self.search_index) if self._record.dim else 0,
            dim=self._record.dim,
            encoder=self._record.encoder,
            bytes=directory_bytes(self._directory),
        )

    def drop(self) -> None:
        """Nothing lies elsewhere."""

    def close(self) -> None:
        """Let go of the mapped files."""
        self.__dict__.pop("_changed", None)
        self.__dict__.pop("_record", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def directory_bytes(directory: Path) -> int:
    """Size of all files in a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
