"""Vectors that an engine of its own keeps and searches, for catalogues that one machine does not hold.

Words, columns and documents stay beside it in the index's own files, so that ranking, facets and explanations are the
same whoever finds the nearest products. A product goes by the 64 bits of `analysis.id_key`.

Legend: C products, D vector length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Where:
    """What a request allows, for an engine that filters by itself."""

    filter: str = ""
    """As in `SearchRequest`; it was read without an error before."""
    store: str = ""
    """Only what this store carries; empty for any."""


EVERYWHERE = Where()


class VectorService(Protocol):
    """Vectors of products by their key. Every method raises `AwayError` where the engine does not answer."""

    @property
    def dim(self) -> int:
        """Vector length, D."""
        ...

    def nearest(self, query_D: NDArray[np.float32], where: Where, most: int) -> NDArray[np.uint64]:
        """Keys of the `most` nearest products that pass, best first; fewer only where there are no more."""
        ...

    def cosines(self, keys_C: NDArray[np.uint64], query_D: NDArray[np.float32]) -> NDArray[np.float32]:
        """Exact cosines of some products with a query of unit length, (C,); 0 for a product without a vector."""
        ...

    def rows(self, keys_C: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The vectors of those of the products that have one, (C or fewer, D), in no order."""
        ...
