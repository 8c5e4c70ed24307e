"""Several segments searched as one: their products numbered through, in the order of the segments.

Legend: N products of all segments, C some of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.search.segment import Segment


class Segments:
    """The built version first, then what was put since. Read-only."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = tuple(segments)
        self._starts = np.cumsum([0, *(len(segment) for segment in segments)])

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)

    def __len__(self) -> int:
        """Products of all segments, deleted ones too."""
        return int(self._starts[-1])

    @property
    def base(self) -> Segment:
        """The built version."""
        return self._segments[0]

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
