"""A built index, and beside it what was put and deleted since.

Legend: D vector length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.search.index import SearchIndex
from aisle.shop.product import Product

_FRESH = 200
"""Products that are indexed anew at each change; when more have come, they are laid into an index that stays."""


class Changed:
    """For one thread at a time; `index` may be searched by any meanwhile."""

    def __init__(self, built: SearchIndex) -> None:
        self.index = built
        self._settled = built
        self._put: dict[str, tuple[Product, NDArray[np.float32] | None, bool]] = {}
        self._deleted: set[str] = set()

    def put(self, products: Sequence[Product], vectors_ND: NDArray[np.float32] | None, *, served: bool = False) -> None:
        """Let searches find these; without vectors by their words alone, unless a service has those (`served`)."""
        for at, product in enumerate(products):
            # The one put last goes last.
            self._put.pop(product.product_id, None)
            self._put[product.product_id] = (product, None if vectors_ND is None else vectors_ND[at], served)
            self._deleted.discard(product.product_id)
        self._lay()

    def delete(self, product_ids: Iterable[str]) -> None:
        """Let searches find these no more."""
        for product_id in product_ids:
            self._put.pop(product_id, None)
            self._deleted.add(product_id)
        self._lay()

    def _lay(self) -> None:
        embedded = [(product, vector_D) for product, vector_D, _ in self._put.values() if vector_D is not None]
        rows = [vector_D for _, vector_D in embedded]
        index = self._settled.with_tail([product for product, _ in embedded], np.stack(rows) if rows else None)
        for served in (True, False):
            others = [one for one, vector_D, kept in self._put.values() if vector_D is None and kept is served]
            index = index.with_tail(others, None, served=served) if others else index
        self.index = index.with_tail([], None, self._deleted) if self._deleted else index
        if len(self._put) + len(self._deleted) > _FRESH:
            self._settled, self._put, self._deleted = self.index, {}, set()
