from __future__ import annotations

import pytest

from aisle.suggest.respelling import MOST, corrected, joined, parted, settled
from aisle.suggest.words import Words

WORDS = Words.of(
    dict.fromkeys(("apple", "sauce", "applesauce", "milk", "chocolate", "bread", "7up", "2%", "whole", "butter"), 9.0)
)


def keys(ways: list) -> list[str]:
    return [way.typed for way in ways]


def test_a_space_too_many_is_taken_out_where_that_makes_a_word() -> None:
    assert keys(joined("apple sau", WORDS)) == ["applesau"]
    assert keys(joined("apple sauce ", WORDS)) == ["applesauce "]
    assert joined("apple milk", WORDS) == []
    # A finished word must be a word.
    assert joined("apple sau ", WORDS) == []


def test_a_space_too_few_is_put_in_where_both_parts_are_words() -> None:
    assert keys(parted("milkchoc", WORDS)) == ["milk choc"]
    assert parted("applesauce", WORDS) == []
    assert parted("milkx", WORDS) == []


def test_unknown_words_are_put_right_and_the_others_left() -> None:
    assert keys(corrected("choclate milk", WORDS))[0] == "chocolate milk"
    assert keys(corrected("whole mlik ", WORDS))[0] == "whole milk "
    assert all(key.startswith("2% ") for key in keys(corrected("2% mlik", WORDS)))


def test_every_other_way_costs_something() -> None:
    assert all(way.cost > 0 for way in corrected("choclate mlik", WORDS))


def test_known_words_are_settled() -> None:
    assert settled("whole milk", WORDS)
    assert settled("2% milk", WORDS)
    assert not settled("whole mil", WORDS)


@pytest.mark.parametrize("typed", ["", " ", "a " * 40, "mlik " * 9, "x" * 500, "mlk brad choclte appl sauc buter whle"])
def test_the_ways_are_few_whatever_is_typed(typed: str) -> None:
    for ways in (joined(typed, WORDS), parted(typed, WORDS), corrected(typed, WORDS)):
        assert len(ways) <= MOST
