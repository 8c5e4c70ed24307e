"""A graph of near neighbours (HNSW, by usearch), for catalogues too large to look at every product.

Legend: N products, D vector length.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import AisleError, DamagedError, UserError

GRAPH_FROM = 1_000_001
"""Products from which an index has a graph. Up to a million the look at bits is quick enough, and misses nothing of the
ten nearest (33 ms of processor time a hybrid search; `docs/scale.md`)."""
GRAPH_FILE = "vectors.usearch"
_NEIGHBOURS = 16
_EFFORT_BUILD = 128
_EFFORT_SEARCH = 2048
"""Queries that are foreign to the catalogue need it: their recall@10 was 0.895 at 256 and 0.985 at 2,048, for 7 ms of
processor time instead of 1; that of others was 1 at both (100,000 products, 100 queries)."""


def check_size(products: int) -> None:
    """Raise UserError where an index of so many products needs what is not installed. Ask before embedding them."""
    if products >= GRAPH_FROM:
        _usearch(f"an index of {products:,} products")


def build_graph(vectors_ND: NDArray[np.float32], path: Path) -> None:
    """Build the graph of all vectors on all cores and write it; vectors are kept in it as bfloat16."""
    index = _usearch(f"an index of {len(vectors_ND):,} products").Index(
        ndim=vectors_ND.shape[1],
        metric="ip",
        dtype="bf16",
        connectivity=_NEIGHBOURS,
        expansion_add=_EFFORT_BUILD,
        expansion_search=_EFFORT_SEARCH,
    )
    index.add(np.arange(len(vectors_ND)), vectors_ND)
    try:
        index.save(str(path))
    except (OSError, RuntimeError) as error:
        raise AisleError(f"{path}: cannot be written ({error}); free some space and build again") from error


class Graph:
    """A built graph, mapped into memory."""

    def __init__(self, path: Path) -> None:
        try:
            self._index = _usearch("this version's index").Index.restore(str(path), view=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise DamagedError(f"{path}: cannot be read ({error}); build the shop again") from error
        if self._index is None:
            raise DamagedError(f"{path}: cannot be read; build the shop again")
        self._index.expansion_search = _EFFORT_SEARCH

    def nearest(self, query_D: NDArray[np.float32], most: int) -> NDArray[np.int64]:
        """About `most` products near the query, in no order; a few of the nearest may be missed."""
        found: NDArray[np.int64] = self._index.search(query_D, most, threads=1).keys.astype(np.int64)
        return found


def _usearch(what: str) -> Any:
    try:
        import usearch.index
    except ImportError:
        raise UserError(f"{what} needs a graph of neighbours; install it with: pip install 'aisle[ann]'") from None
    return usearch.index
