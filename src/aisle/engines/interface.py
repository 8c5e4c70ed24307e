"""What every index can do, wherever it lies. `tests/engines/test_conformance.py` holds all of them to it.

An index is derived from the ledger. What `build` made is durable. What `upsert` and `delete` did is visible when they
return, to this object; whoever opens the index anew makes them again from the ledger's changes, which does no harm
where they are there already.

Legend: N products, D vector length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from aisle.search.index import SearchIndex
from aisle.search.pieces import PieceReader
from aisle.search.request import SearchRequest, SearchResult
from aisle.shop.product import Product


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexStats:
    """What an index holds."""

    engine: str
    """Its URI."""
    collection: str
    """Name of what holds its vectors in the engine; empty in the local one."""
    products: int
    """Products that can be found."""
    vectors: int
    """Of those, the ones that can be found by meaning."""
    dim: int
    """Vector length; 0 without vectors."""
    encoder: str
    """Fingerprint of the encoder that made the vectors; empty without vectors."""
    bytes: int
    """Size of its files on this machine; what an engine keeps elsewhere is not counted."""


class Index(Protocol):
    """Products that are found by words and by meaning. Any number of threads may search; one changes it at a time."""

    @property
    def search_index(self) -> SearchIndex:
        """What answers, with all that changed since the build."""
        ...

    def check(self, products: int) -> None:
        """Raise what would keep so many products from being built here. Ask before embedding them."""
        ...

    def build(
        self,
        products: Sequence[Product],
        vectors_ND: NDArray[np.float32] | None,
        *,
        encoder: str,
        reader: PieceReader | None = None,
        carts: Mapping[str, int] | None = None,
    ) -> None:
        """Make the index of these products, in place of what it held.

        `vectors_ND` are of unit length, in the products' order, made by the encoder with this fingerprint; None and ""
        for an index by words alone. `reader` reads the pieces of their words, where the towers have any. `carts` are
        those of `Columns.build`.
        """
        ...

    def upsert(self, products: Sequence[Product], vectors_ND: NDArray[np.float32] | None, *, encoder: str) -> None:
        """Add products, or put them in the place of those with their ids. Raises `UserError` for another encoder.

        `vectors_ND` is None where they cannot be made just now: then the products are found by their words alone, and
        no more by a vector of what they were before.
        """
        ...

    def delete(self, product_ids: Iterable[str]) -> int:
        """Take products out; how many were there."""
        ...

    def search(
        self, request: SearchRequest, query_D: NDArray[np.float32] | None = None, *, encoder: str = ""
    ) -> SearchResult:
        """One page of results. Filters are exact; a score does not depend on how many hits are asked for.

        `query_D` is the query's vector, made by the encoder with this fingerprint. Raises `UserError` for another one.
        """
        ...

    def stats(self) -> IndexStats:
        """What it holds."""
        ...

    def drop(self) -> None:
        """Delete what an engine keeps for it elsewhere; its files on this machine are the caller's."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
