"""Nearest products by meaning: a quick look at single bits of the vectors, then exact cosines for the best.

A scan of all vectors waits for memory: 76 MB for 50,000 products. So each vector is also kept as 768 bits, the side of
768 random planes that it lies on; vectors that lie close differ in few bits (M. Charikar, "Similarity estimation
techniques from rounding algorithms", 2002). Those take a sixteenth of the memory. The products whose bits differ least
from the query's get their exact cosine, and so does every product that the words found.

Measured with all-MiniLM-L6-v2 on two real catalogues of about 50,000 products, 800 products passed on: of the 10
nearest the look passes on 99.97 %, of the 100 nearest 98.9 %. Where queries ask for furniture and cameras in a
catalogue of groceries, it is 99.8 % and 95.7 %.

Large catalogues have a graph of neighbours as well (graph.py); the look then serves filters that keep few.

Legend: N products, D vector length, B bits, W machine words of 64 bits, C candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.search.graph import GRAPH_FILE, GRAPH_FROM, Graph, build_graph
from aisle.search.storage import open_arrays, save_arrays
from aisle.search.top import top

_BITS = 768
_SURPLUS = (600, 2)
"""The look passes on 600 products and twice those wanted. Where no more are allowed, all get their exact cosine."""
_SHARE = 100
"""Of a large catalogue it passes on one product in so many, at the least."""
_GRAPH_SURPLUS = 1.5
"""The graph is asked for so many times the products wanted, for it may miss some."""
_GRAPH_KEEPS = 0.5
"""The graph knows nothing of filters, so it is asked only if a filter keeps at least this share."""
_SEED = 20_020_519
_CHUNK = 8192
_SCAN = 65_536
"""Products looked at in one go: what is worked out of them then stays in the processor's own memory."""

_WORDS_IN_A_BYTE = 3
"""Differing bits of so many machine words are summed in a byte, which is quicker than in two."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """The products' vectors, read-only."""

    vectors_ND: NDArray[np.float32]
    """Unit length, in the products' order."""
    planes_BD: NDArray[np.float32]
    """Random directions; a vector's bit is 1 where its dot product with the direction is above 0. B = 64 W."""
    bits_WN: NDArray[np.uint64]
    """The bits of all vectors, one machine word of every product after the other."""
    graph: Graph | None = None
    """Only in a large index."""

    @classmethod
    def build(cls, vectors_ND: NDArray[np.float32]) -> Vectors:
        """Prepare vectors of unit length for searching."""
        bad = np.flatnonzero(~np.isfinite(vectors_ND).all(axis=1))
        if len(bad):
            raise DamagedError(
                f"the vector of product number {bad[0]} is not made of finite numbers; check the encoder"
            )
        vectors_ND = np.ascontiguousarray(vectors_ND, dtype=np.float32)
        planes_BD = _planes(vectors_ND.shape[1])
        bits = np.concatenate(
            [_packed(vectors_ND[at : at + _CHUNK] @ planes_BD.T) for at in range(0, len(vectors_ND), _CHUNK)]
        )
        return cls(vectors_ND, planes_BD, np.ascontiguousarray(bits.T))

    def save(self, directory: Path, *, graph_from: int = GRAPH_FROM) -> None:
        """Write vectors.npy and what finding the nearest needs; from `graph_from` products on, a graph too."""
        save_arrays(directory, "", self)
        if len(self.vectors_ND) >= graph_from:
            build_graph(self.vectors_ND, directory / GRAPH_FILE)

    @classmethod
    def open(cls, directory: Path) -> Vectors:
        """The vectors from the files of `save`."""
        path = directory / GRAPH_FILE
        graph = Graph(path) if path.exists() else None
        return open_arrays(cls, directory, "", graph=graph)

    @property
    def dim(self) -> int:
        """Vector length, D."""
        return int(self.vectors_ND.shape[1])

    def cosines(self, products_C: NDArray[np.int64], query_D: NDArray[np.float32]) -> NDArray[np.float32]:
        """Exact cosines of some products with a query of unit length.

        Worked out row by row: so a product's cosine does not depend, even in its last bits, on what stands beside it,
        and no threads of the algebra library spin while other requests wait.
        """
        cosines_C: NDArray[np.float32] = np.vecdot(self.vectors_ND[products_C], query_D)
        return cosines_C

    def nearest(
        self, query_D: NDArray[np.float32], allowed_N: NDArray[np.bool_] | None, most: int
    ) -> NDArray[np.int64]:
        """The `most` nearest of the allowed products (None: all), in the order of their numbers."""
        candidates = self._by_graph(query_D, allowed_N, most)
        if candidates is None:
            candidates = self._by_bits(query_D, allowed_N, most)
        return candidates[top(self.cosines(candidates, query_D), most)]

    def _by_graph(
        self, query_D: NDArray[np.float32], allowed_N: NDArray[np.bool_] | None, most: int
    ) -> NDArray[np.int64] | None:
        """Candidates by the graph; None where there is none, or the filter leaves too little of what it finds."""
        kept = 1.0 if allowed_N is None else float(allowed_N.mean())
        if self.graph is None or kept < _GRAPH_KEEPS:
            return None
        found = np.sort(self.graph.nearest(query_D, min(len(self.vectors_ND), int(most * _GRAPH_SURPLUS / kept))))
        if allowed_N is not None:
            found = found[allowed_N[found]]
        return found if len(found) >= most else None

    def _by_bits(
        self, query_D: NDArray[np.float32], allowed_N: NDArray[np.bool_] | None, most: int
    ) -> NDArray[np.int64]:
        """Candidates by the quick look."""
        wanted = max(_SURPLUS[0] + _SURPLUS[1] * most, len(self.vectors_ND) // _SHARE)
        allowed = None if allowed_N is None else np.flatnonzero(allowed_N)
        count = len(self.vectors_ND) if allowed is None else len(allowed)
        if count <= wanted:
            return np.arange(count) if allowed is None else allowed
        differing_N = self._differing_bits(query_D)
        if allowed is None:
            return _least(differing_N, wanted)
        return allowed[_least(differing_N[allowed], wanted)]

    def _differing_bits(self, query_D: NDArray[np.float32]) -> NDArray[np.uint16]:
        """In how many bits each product differs from the query, (N,)."""
        size = self.bits_WN.shape[1]
        query_W = _packed(np.vecdot(self.planes_BD, query_D))
        differing_N = np.zeros(size, np.uint16)
        words, counts, sums = np.empty(_SCAN, np.uint64), np.empty(_SCAN, np.uint8), np.empty(_SCAN, np.uint8)
        for start in range(0, size, _SCAN):
            chunk = slice(start, min(start + _SCAN, size))
            length = chunk.stop - start
            for first in range(0, len(query_W), _WORDS_IN_A_BYTE):
                sums[:length] = 0
                for at in range(first, min(first + _WORDS_IN_A_BYTE, len(query_W))):
                    np.bitwise_xor(self.bits_WN[at, chunk], query_W[at], out=words[:length])
                    np.bitwise_count(words[:length], out=counts[:length])
                    np.add(sums[:length], counts[:length], out=sums[:length])
                differing_N[chunk] += sums[:length]
        return differing_N


def _least(bits_C: NDArray[np.uint16], most: int) -> NDArray[np.int64]:
    """Places of the `most` least numbers of bits, and of all that are equal to the last of them."""
    # Numbers of bits are few, so counting them is cheaper than ordering them, and ties are never cut by chance.
    limit = int(np.searchsorted(np.cumsum(np.bincount(bits_C)), most))
    return np.flatnonzero(bits_C <= limit)


@lru_cache(maxsize=8)
def _planes(dim: int) -> NDArray[np.float32]:
    """Random directions, the same in every build; sets of them stand upright on each other, which wastes no bit.

    Kept, because every change of a product needs them, and making them takes longer than all else that it does.
    """
    random = np.random.default_rng(_SEED)
    sets = [np.linalg.qr(random.normal(size=(dim, dim)))[0] for _ in range(-(-_BITS // dim))]
    planes_BD = np.ascontiguousarray(np.concatenate(sets, axis=1)[:, :_BITS].T, dtype=np.float32)
    planes_BD.flags.writeable = False
    return planes_BD


def _packed(sides: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The bits of the sides of the planes, (…, B), as machine words, (…, W)."""
    packed: NDArray[np.uint64] = np.packbits(sides > 0, axis=-1).view(np.uint64)
    return packed
