from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.suggest.layout import NO_RANK, TOPS, WIDE
from aisle.suggest.ranges import lowest, prefix_range, wide_ranges

KEYS = b"apple \0ice cream \0iced tea \0"
STARTS = sorted([0, 7, 11, 18, 23], key=lambda start: KEYS[start:])


def starting_with(prefix: bytes) -> list[int]:
    first, end = prefix_range(KEYS, STARTS, prefix, 0, len(STARTS))
    return STARTS[first:end]


def test_a_range_holds_exactly_what_begins_with_the_prefix() -> None:
    assert starting_with(b"ice") == [7, 18]
    assert starting_with(b"ice ") == [7]
    assert starting_with(b"") == STARTS
    assert starting_with(b"b") == []
    assert starting_with(b"tea ") == [23]
    assert starting_with(b"zebra") == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 50)), st.integers(1, 70))
def test_lowest_are_the_smallest_different_ones(ranks: list[int], count: int) -> None:
    assert lowest(np.array(ranks, np.uint32), count).tolist() == sorted(set(ranks))[:count]


def test_every_wide_range_has_its_lowest_ranks_ready() -> None:
    keys = b"".join(f"{word}{number:04} \0".encode() for word in ("ab", "ac") for number in range(WIDE + 100))
    keys += b"b \0"
    starts_W = np.array([0, *np.flatnonzero(np.frombuffer(keys, np.uint8)[:-1] == 0) + 1], np.uint32)
    ranks_W = np.arange(len(starts_W), dtype=np.uint32)[::-1].copy()
    wide_R, tops_RT = wide_ranges(keys, starts_W.data, ranks_W)
    # All of them (for no prefix), "a", "ab" (the same as "ab" + the first digit's share is not wide), and "ac".
    prefixes = [b"", b"a", b"ab", b"ac"]
    expected = {}
    for prefix in prefixes:
        first, end = prefix_range(keys, starts_W.data, prefix, 0, len(starts_W))
        expected[first << 32 | end] = lowest(ranks_W[first:end], TOPS).tolist()
    assert wide_R.tolist() == sorted(expected)
    assert tops_RT.tolist() == [expected[packed] for packed in sorted(expected)]
    assert NO_RANK not in tops_RT


def test_a_wide_range_of_few_candidates_is_filled_up() -> None:
    keys = b"a \0" * (WIDE + 1)
    starts_W = np.arange(0, len(keys), 3, dtype=np.uint32)
    wide_R, tops_RT = wide_ranges(keys, starts_W.data, np.zeros(len(starts_W), np.uint32))
    assert wide_R.tolist() == [WIDE + 1]
    assert tops_RT.tolist() == [[0] + [NO_RANK] * (TOPS - 1)]


def test_nothing_is_wide_in_an_empty_index() -> None:
    wide_R, tops_RT = wide_ranges(b"", np.empty(0, np.uint32).data, np.empty(0, np.uint32))
    assert (wide_R.shape, tops_RT.shape) == ((0,), (0, TOPS))
