from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aisle.search.top import merged, top


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 32))
def test_the_highest_are_kept_and_of_equals_the_first(values: list[int], most: int) -> None:
    expected = sorted(sorted(range(len(values)), key=lambda place: (-values[place], place))[:most])
    assert top(np.array(values, np.float32), most).tolist() == expected


def test_of_nothing_nothing_is_kept() -> None:
    assert top(np.zeros(0, np.float32), 3).tolist() == []


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=4))
def test_lists_are_merged_without_repeats(lists: list[list[int]]) -> None:
    expected = sorted({number for numbers in lists for number in numbers})
    assert merged([np.array(numbers, np.int64) for numbers in lists]).tolist() == expected
