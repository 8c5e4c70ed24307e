"""What changed in the ledger since a version was built, searched beside it until the next build takes it in.

The ledger is written first; this is derived from it and can be lost at any moment. After a kill it is made anew from
the revision that the version was built at.

Legend: N products that were put, D vector length.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from aisle.search.index import SearchIndex
from aisle.sentence.towers import Towers
from aisle.shop.encoded_text import encoded_text
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product

logger = logging.getLogger("aisle.storefront")
MOST_PUT = 5_000
"""Products that are searched beside a version. Further ones wait for the next build, and whoever put them is told."""
FRESH = 200
"""Of those, products that are indexed anew at each change: about 20 ms. The others lie in an index that is made anew,
in half a second at the most, only when as many have come."""


class LiveChanges:
    """The products put and deleted since one version was built. For one thread at a time."""

    def __init__(self, base: SearchIndex, revision: int, towers: Callable[[], Towers]) -> None:
        """`revision` is that of the ledger at the build; `towers` loads the encoder that made the version's vectors."""
        self._base = base
        self._seen = revision
        self._towers = towers
        self._put: dict[str, Product] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._deleted: set[str] = set()
        self._waiting: set[str] = set()
        self._fresh: set[str] = set()
        """Of those put and deleted, the ones that `_settled` does not know."""
        self._settled: tuple[SearchIndex, SearchIndex] | None = None
        """An index that was asked for, and the same with the changes of then."""
        self._bare: set[str] = set()
        """Of those put, the ones whose vector could not be made yet."""
        self.truncated = 0
        """Texts of products put that were longer than the encoder reads."""

    @property
    def waiting(self) -> int:
        """Products that were put and are not found before the next build."""
        return len(self._waiting)

    @property
    def bare(self) -> int:
        """Products that were put and are found by their words alone, because the encoder cannot be used just now."""
        return len(self._bare)

    def catch_up(self, ledger: Ledger) -> bool:
        """Take in what the ledger has and this has not; True if there was anything.

        A product is embedded only if its text changed: a new price or stock takes the vector that is there. Where the
        encoder fails, products are found by their words until a later call has made their vectors.
        """
        put, deleted, waiting = dict(self._put), set(self._deleted), set(self._waiting)
        seen, changed = self._seen, set(self._bare)
        # As one moment: another thread may be in the middle of a write to the same ledger, which may yet fail.
        with ledger.snapshot():
            for change in ledger.changes_since(seen):
                name, seen = change.product_id, change.revision
                if change.product is None:
                    put.pop(name, None)
                    waiting.discard(name)
                    deleted.add(name)
                elif name in put or len(put) < MOST_PUT:
                    waiting.discard(name)
                    deleted.discard(name)
                    put[name] = change.product
                else:
                    waiting.add(name)
                    continue
                changed.add(name)
        if seen == self._seen and not changed:
            return False
        vectors = {name: vector_D for name, vector_D in self._vectors.items() if name in put and name not in changed}
        bare: set[str] = set()
        if self._base.dim is not None:
            try:
                vectors |= self._embedded({name: put[name] for name in sorted(changed & put.keys())})
            except Exception:
                if not self._bare:
                    logger.exception("changed products are found by their words alone: the encoder cannot be used")
                bare = put.keys() - vectors.keys()
        self._put, self._deleted, self._waiting, self._vectors, self._seen = put, deleted, waiting, vectors, seen
        self._fresh |= changed
        self._bare = bare
        return True

    def over(self, index: SearchIndex) -> SearchIndex:
        """The version's index with the changes beside it."""
        if not self._put and not self._deleted:
            return index
        if self._settled is None or self._settled[0] is not index:
            self._settled, self._fresh = (index, index), {*self._put, *self._deleted}
        if len(self._fresh) > FRESH + len(self._bare):
            whole = [name for name in self._put if name not in self._bare]
            self._settled, self._fresh = (index, self._beside(index, whole, self._deleted)), set(self._bare)
        # In the order of the puts, so that the same changes always give the same index.
        fresh = [name for name in self._put if name in self._fresh and name not in self._bare]
        changed = self._beside(self._settled[1], fresh, self._deleted & self._fresh)
        return changed.with_tail([self._put[name] for name in sorted(self._bare)], None) if self._bare else changed

    def _beside(self, index: SearchIndex, names: Iterable[str], deleted: Iterable[str]) -> SearchIndex:
        products = [self._put[name] for name in names]
        vectors_ND = None
        if index.dim is not None and products:
            vectors_ND = np.stack([self._vectors[product.product_id] for product in products])
        return index.with_tail(products, vectors_ND, deleted)

    def _embedded(self, changed: dict[str, Product]) -> dict[str, NDArray[np.float32]]:
        """The vectors of products that changed."""
        towers = self._towers()
        vectors: dict[str, NDArray[np.float32]] = {}
        missing: dict[str, str] = {}
        for name, product in changed.items():
            before = self._put.get(name) or self._base.product(name)
            text = encoded_text(product, towers.template)
            known_D = None
            if before is not None and encoded_text(before, towers.template) == text:
                known_D = self._vectors.get(name) if name in self._put else self._base.vector(name)
            if known_D is None:
                missing[name] = text
            else:
                vectors[name] = np.asarray(known_D, np.float32)
        if missing:
            encoded = towers.products.encode_counted(list(missing.values()))
            vectors.update(zip(missing, encoded.vectors, strict=True))
            self.truncated += encoded.truncated_texts
        return vectors
