"""Ranges of sorted word starts: what begins with a prefix, and the best candidates of a wide range, kept ready.

Letters: W word starts, R ranges.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aisle.suggest.layout import NO_RANK, TOPS, WIDE


class Bytes(Protocol):
    """The keys: bytes, or a mapped file."""

    def __getitem__(self, part: slice, /) -> bytes: ...


def prefix_range(keys: Bytes, starts_W: Sequence[int], prefix: bytes, first: int, end: int) -> tuple[int, int]:
    """The range within `first:end` whose word starts begin with `prefix`: two binary searches."""
    length = len(prefix)

    def beginning(start: int) -> bytes:
        return keys[start : start + length]

    first = bisect_left(starts_W, prefix, first, end, key=beginning)
    return first, bisect_right(starts_W, prefix, first, end, key=beginning)


def lowest(ranks: NDArray[Any], count: int) -> NDArray[Any]:
    """The `count` lowest different ranks, ascending; fewer where there are fewer."""
    # One candidate may be there by several of its words, so a few more are looked at than wanted.
    looked_at = 4 * count
    while looked_at < len(ranks):
        found = np.sort(np.partition(ranks, looked_at)[:looked_at])
        found = found[np.concatenate(([True], found[1:] != found[:-1]))]
        if len(found) >= count:
            return found[:count]
        looked_at *= 4
    return np.unique(ranks)[:count]


def wide_ranges(keys: Bytes, starts_W: Sequence[int], ranks_W: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Every wide range that some prefix has, packed and ascending, (R,), and its lowest ranks, (R, TOPS)."""
    tops: dict[int, NDArray[Any]] = {}
    waiting = [(0, len(starts_W), b"")]
    while waiting:
        first, end, prefix = waiting.pop()
        if end - first <= WIDE:
            continue
        packed = first << 32 | end
        if packed not in tops:
            best = lowest(ranks_W[first:end], TOPS)
            tops[packed] = np.concatenate([best, np.full(TOPS - len(best), NO_RANK)]).astype(np.uint32)
        at = first
        while at < end:
            place = starts_W[at] + len(prefix)
            longer = prefix + keys[place : place + 1]
            at, stop = prefix_range(keys, starts_W, longer, at, end)
            # A zero byte ends a key: nothing is typed beyond it.
            if not longer.endswith(b"\0"):
                waiting.append((at, stop, longer))
            at = stop
    wide_R = sorted(tops)
    tops_RT = np.array([tops[packed] for packed in wide_R], np.uint32).reshape(-1, TOPS)
    return np.array(wide_R, np.uint64), tops_RT
