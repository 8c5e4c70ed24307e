from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from aisle.tasks.two_tower.noise import misspelt, of_title

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=6)


@given(WORDS, st.integers(0, 2**32))
def test_a_slip_is_one_edit_and_leaves_short_words_alone(words: list[str], seed: int) -> None:
    random.seed(seed)
    query = " ".join(words)
    slip = misspelt(query)
    assert OSA.distance(query, slip) <= 1
    if all(len(word) < 4 for word in words):
        assert slip == query


def test_numbers_and_sizes_are_never_changed() -> None:
    random.seed(0)
    assert all(misspelt("5/8 in 1000w x12345") == "5/8 in 1000w x12345" for _ in range(50))


def test_every_kind_of_slip_comes_up() -> None:
    random.seed(1)
    slips = {misspelt("hammer drill") for _ in range(500)}
    assert {"hamer drill", "hammmer drill", "hmamer drill", "hammerdrill", "hammer dril"} <= slips


@given(st.text(max_size=60), st.integers(0, 2**32))
def test_words_of_a_title_keep_their_order(title: str, seed: int) -> None:
    random.seed(seed)
    words = of_title(title).split()
    there = iter(title.lower().replace("(", " ").replace(")", " ").replace(",", " ").replace(";", " ").split())
    assert len(words) <= 6
    assert all(word in there for word in words)


def test_a_title_of_no_words_gives_no_query() -> None:
    assert of_title("(,;)") == ""
    assert of_title("Milk") == "milk"
