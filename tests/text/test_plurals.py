"""Plural and singular find each other, and other words stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.text.plurals import fold_plural


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("curtain", "curtains"),
        ("battery", "batteries"),
        ("cookie", "cookies"),
        ("pie", "pies"),
        ("toy", "toys"),
        ("box", "boxes"),
        ("dish", "dishes"),
        ("peach", "peaches"),
        ("glass", "glasses"),
        ("tomato", "tomatoes"),
        ("shoe", "shoes"),
        ("shelf", "shelves"),
        ("olive", "olives"),
        ("woman", "women"),
        ("egg", "eggs"),
        ("bean", "beans"),
    ],
)
def test_singular_and_plural_share_a_key(one: str, many: str) -> None:
    assert fold_plural(one) == fold_plural(many)


@pytest.mark.parametrize(
    "word", ["bus", "gas", "tennis", "citrus", "glass", "organic", "80s", "6packs1", "牛", "s", ""]
)
def test_words_that_are_no_plural_stay(word: str) -> None:
    assert fold_plural(word) == word


@given(st.text())
def test_a_key_is_never_longer_and_never_empty_for_a_word(word: str) -> None:
    assert len(fold_plural(word)) <= len(word)
    assert bool(fold_plural(word)) == bool(word)
