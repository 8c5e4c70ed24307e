"""Several segments searched as one: their products numbered through, in the order of the segments.

Legend: N products of all segments, C some of them, D vector length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.search import analysis
from aisle.search.pieces import QueryPieces
from aisle.search.segment import Segment
from aisle.search.service import EVERYWHERE, VectorService, Where
from aisle.search.top import top

_MOST_ASKED = 10_000
"""Products that a service is asked for at the most, however many of those it finds are gone or not allowed."""


class Segments:
    """The built version first, then what was put since. Read-only."""

    def __init__(self, segments: Sequence[Segment], service: VectorService | None = None) -> None:
        """`service` has the vectors of the segments that say so."""
        self._segments = tuple(segments)
        self._starts = np.cumsum([0, *(len(segment) for segment in segments)])
        self.service = service

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)

    def __len__(self) -> int:
        """Products of all segments, deleted ones too."""
        return int(self._starts[-1])

    @property
    def base(self) -> Segment:
        """The built version."""
        return self._segments[0]

    @property
    def dim(self) -> int | None:
        """Vector length, D; None where there are no vectors."""
        if self.service is not None:
            return self.service.dim
        return None if self.base.vectors is None else self.base.vectors.dim

    def spans(self) -> Iterator[tuple[Segment, slice]]:
        """Each segment and where its products stand."""
        for at, segment in enumerate(self._segments):
            yield segment, slice(int(self._starts[at]), int(self._starts[at + 1]))

    def parts(self, numbers_C: NDArray[np.int64]) -> Iterator[tuple[Segment, slice, NDArray[np.int64]]]:
        """For each segment: which of `numbers_C` (in rising order) are its products, and their numbers in it."""
        bounds = np.searchsorted(numbers_C, self._starts)
        for at, segment in enumerate(self._segments):
            part = slice(int(bounds[at]), int(bounds[at + 1]))
            yield segment, part, numbers_C[part] - self._starts[at]

    def located(self, number: int) -> tuple[Segment, int]:
        """The segment of a product, and its number there."""
        at = int(np.searchsorted(self._starts, number, side="right")) - 1
        return self._segments[at], number - int(self._starts[at])

    def frequency(self, key: int) -> int:
        """How many products hold a key of the inverted index."""
        return sum(segment.inverted.frequency(key) for segment in self._segments)

    def nearest(
        self,
        query_D: NDArray[np.float32],
        allowed_N: NDArray[np.bool_] | None,
        most: int,
        where: Where = EVERYWHERE,
    ) -> NDArray[np.int64]:
        """The `most` products nearest to a query, of those allowed (None: all), in the order of their numbers.

        `where` is what `allowed_N` was worked out from, deleted products aside.
        """
        found: list[NDArray[np.int64]] = []
        for segment, span in self.spans():
            if segment.vectors is not None:
                allowed = None if allowed_N is None else allowed_N[span]
                found.append(segment.vectors.nearest(query_D, allowed, most) + np.int64(span.start))
        if self.service is not None:
            found.append(self._by_service(self.service, query_D, allowed_N, most, where))
        if len(found) == 1:
            return found[0]
        numbers = np.sort(np.concatenate(found))
        return numbers[top(self.cosines(numbers, query_D), most)]

    def cosines(self, numbers_C: NDArray[np.int64], query_D: NDArray[np.float32]) -> NDArray[np.float32]:
        """Exact cosines of some products, in rising order, with a query of unit length; 0 where there is no vector."""
        cosines_C = np.zeros(len(numbers_C), np.float32)
        for segment, part, inside in self.parts(numbers_C):
            if segment.vectors is not None:
                cosines_C[part] = segment.vectors.cosines(inside, query_D)
            elif self.service is not None and segment.served and len(inside):
                cosines_C[part] = self.service.cosines(_keys(segment, inside), query_D)
        return cosines_C

    def met(self, numbers_C: NDArray[np.int64], query: QueryPieces) -> NDArray[np.float32]:
        """How well some products, in rising order, meet the pieces of a query; 0 where there are no pieces."""
        met_C = np.zeros(len(numbers_C), np.float32)
        for segment, part, inside in self.parts(numbers_C):
            if segment.pieces is not None and len(inside):
                met_C[part] = query.meet(*segment.pieces.rows(inside))
        return met_C

    def rows(self, numbers_C: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """The vectors of those of some products, in rising order, that have one: (some of C, D) each."""
        found: list[NDArray[np.float32]] = []
        for segment, _, inside in self.parts(numbers_C):
            if not len(inside):
                continue
            if segment.vectors is not None:
                found.append(segment.vectors.vectors_ND[inside])
            elif self.service is not None and segment.served:
                found.append(self.service.rows(_keys(segment, inside)))
        return found

    def _by_service(
        self,
        service: VectorService,
        query_D: NDArray[np.float32],
        allowed_N: NDArray[np.bool_] | None,
        most: int,
        where: Where,
    ) -> NDArray[np.int64]:
        # What is gone or was replaced since is still there, so more may have to be asked for.
        asked = most
        while True:
            keys = service.nearest(query_D, where, asked)
            places = [self._place(int(key)) for key in keys]
            numbers = [at for at in places if at is not None and (allowed_N is None or allowed_N[at])]
            if len(numbers) >= most or len(keys) < asked or asked >= _MOST_ASKED:
                return np.sort(np.array(numbers[:most], np.int64))
            asked = min(2 * asked, _MOST_ASKED)

    def _place(self, key: int) -> int | None:
        """The number of a product whose vector the service has: the newest under this key, if the vector is its."""
        for at in reversed(range(len(self._segments))):
            numbers, _ = self._segments[at].inverted.postings(key)
            if len(numbers):
                return int(self._starts[at]) + int(numbers[0]) if self._segments[at].served else None
        return None


def _keys(segment: Segment, inside_C: NDArray[np.int64]) -> NDArray[np.uint64]:
    names = (segment.documents.product_id(number) for number in inside_C.tolist())
    return np.array([analysis.id_key(name) for name in names], np.uint64)
