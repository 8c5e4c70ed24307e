"""What changed in the ledger since a version was built, searched beside it until the next build takes it in.

The ledger is written first; this is derived from it and can be lost at any moment. After a kill it is made anew from
the revision that the version was built at.

Legend: N products that were put, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aisle.search.index import SearchIndex
from aisle.sentence.towers import Towers
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
from aisle.storefront.vectors import encoded_text

MOST_PUT = 5_000
"""Products that are searched beside a version: indexing them anew at each change takes about half a second. Further
ones wait for the next build, and whoever put them is told."""


class LiveChanges:
    """The products put and deleted since one version was built. For one thread at a time to `catch_up`."""

    def __init__(self, base: SearchIndex, revision: int, towers: Callable[[], Towers | None]) -> None:
        """`revision` is that of the ledger at the build; `towers` loads the encoder that made the version's vectors."""
        self._base = base
        self._seen = revision
        self._towers = towers
        self._put: dict[str, Product] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._deleted: set[str] = set()
        self._waiting: set[str] = set()

    @property
    def waiting(self) -> int:
        """Products that were put and are not found before the next build."""
        return len(self._waiting)

    def catch_up(self, ledger: Ledger) -> bool:
        """Take in what the ledger has and this has not; True if there was anything.

        A product is embedded only if its text changed: a new price or stock takes the vector that is there.
        """
        changes = list(ledger.changes_since(self._seen))
        if not changes:
            return False
        for change in changes:
            name = change.product_id
            if change.product is None:
                self._deleted.add(name)
                for kept in (self._put, self._vectors):
                    kept.pop(name, None)
                self._waiting.discard(name)
            elif name in self._put or len(self._put) < MOST_PUT:
                self._deleted.discard(name)
                self._take(name, change.product)
            else:
                self._waiting.add(name)
        self._embed()
        self._seen = changes[-1].revision
        return True

    def over(self, index: SearchIndex) -> SearchIndex:
        """The version's index with the changes beside it."""
        if not self._put and not self._deleted:
            return index
        vectors_ND = None
        if index.dim is not None and self._put:
            vectors_ND = np.stack([self._vectors[name] for name in self._put])
        return index.with_tail(list(self._put.values()), vectors_ND, self._deleted)

    def _take(self, name: str, product: Product) -> None:
        towers = self._towers_needed()
        if towers is not None:
            before = self._put.get(name) or self._base.product(name)
            same = before is not None and encoded_text(before, towers.template) == encoded_text(
                product, towers.template
            )
            known = self._vectors.get(name, self._base.vector(name)) if same else None
            if known is None:
                self._vectors.pop(name, None)
            else:
                self._vectors[name] = np.asarray(known, np.float32)
        self._put[name] = product

    def _embed(self) -> None:
        towers = self._towers_needed()
        if towers is None:
            return
        missing = [name for name in self._put if name not in self._vectors]
        if missing:
            vectors_ND = towers.products.encode([encoded_text(self._put[name], towers.template) for name in missing])
            self._vectors.update(zip(missing, vectors_ND, strict=True))

    def _towers_needed(self) -> Towers | None:
        return None if self._base.dim is None else self._towers()
