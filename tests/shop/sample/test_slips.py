"""Slips look like what fingers do."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from aisle.shop.sample.slips import NEIGHBOURS, break_off, slip, typed_prefixes


def test_keyboard_neighbours_are_mutual() -> None:
    assert all(key in NEIGHBOURS[near] for key, beside in NEIGHBOURS.items() for near in beside)
    assert set("wsxdr") & set(NEIGHBOURS["e"])


@given(st.integers())
def test_a_slip_is_a_small_edit_of_one_word(seed: int) -> None:
    slipped = slip("organic strawberry yogurt", Random(seed))
    assert OSA.distance(slipped, "organic strawberry yogurt") <= 2
    assert len(slipped.split(" ")) == 3


@given(st.integers())
def test_numbers_and_short_words_never_slip(seed: int) -> None:
    assert slip("2% oj 12 oz", Random(seed)) == "2% oj 12 oz"


def test_slips_rarely_touch_the_first_letter() -> None:
    slipped = [slip("bananas", Random(seed)) for seed in range(2_000)]
    wrong = sum(text[0] != "b" for text in slipped) / len(slipped)
    assert wrong < 0.1
    assert len(set(slipped)) > 30


@given(st.text(alphabet="abc 2%", min_size=1, max_size=30), st.integers())
def test_breaking_off_gives_a_prefix(query: str, seed: int) -> None:
    assert query.startswith(break_off(query, Random(seed)))


@given(st.text(min_size=1, max_size=30), st.integers())
def test_typed_prefixes_grow_to_the_whole_query(query: str, seed: int) -> None:
    prefixes = typed_prefixes(query, Random(seed))
    assert prefixes[-1] == query
    assert all(later.startswith(sooner) for sooner, later in itertools.pairwise(prefixes))
