"""Misspelt words and the known words they may have been meant as."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.text.spelling import Spelling, edit_distance, most_edits
from aisle.text.wordlist import WordList


def spelling(*words: str) -> Spelling:
    return Spelling.build(WordList.build({word: len(words) - at for at, word in enumerate(words)}))


GROCERY = spelling("milk", "cheese", "cheddar", "chocolate", "chicken", "silk", "yoghurt", "bread")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chese", ["cheese"]),
        ("chesse", ["cheese"]),
        ("chedar", ["cheddar"]),
        ("choclate", ["chocolate"]),
        ("choccolatte", ["chocolate"]),
        ("chikcen", ["chicken"]),
        ("mlik", ["milk"]),
        ("yogurt", ["yoghurt"]),
        ("bred", ["bread"]),
        ("milc", ["milk"]),
        ("pilk", ["milk", "silk"]),
        ("silkk", ["silk"]),
        ("mil", []),
        ("zebra", []),
        ("ch33se", []),
    ],
)
def test_corrections(typed: str, meant: list[str]) -> None:
    assert [word for word, _ in GROCERY.corrections(typed, most=3)] == meant


def test_only_the_nearest_and_of_those_the_most_frequent_first() -> None:
    known = spelling("wires", "tires", "fires", "hires")
    assert known.corrections("dires", most=2) == [("wires", 1), ("tires", 1)]


letters = st.text(alphabet="abcd", min_size=1, max_size=9)


@cache
def _distance(one: str, other: str) -> int:
    """The same number by trying everything, from the definition."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        _distance(one[1:], other) + 1,
        _distance(one, other[1:]) + 1,
        _distance(one[1:], other[1:]) + (one[0] != other[0]),
    ]
    if one[:2] == other[:2][::-1] and len(one) > 1 and len(other) > 1:
        ways.append(_distance(one[2:], other[2:]) + 1)
    return min(ways)


@settings(deadline=None)
@given(st.text(alphabet="abc", max_size=5), st.text(alphabet="abc", max_size=5), st.integers(0, 3))
def test_distance_is_the_least_number_of_edits(one: str, other: str, most: int) -> None:
    assert edit_distance(one, other, most) == min(_distance(one, other), most + 1)


@settings(deadline=None)
@given(st.sets(letters, min_size=1, max_size=12), letters)
def test_the_files_miss_no_word_within_reach(known: set[str], typed: str) -> None:
    allowed = most_edits(typed)
    distances = {word: _distance(typed, word) for word in known if len(word) >= 3}
    reachable = {word: distance for word, distance in distances.items() if 0 < distance <= allowed}
    found = dict(spelling(*sorted(known)).corrections(typed, most=99))
    assert all(reachable[word] == distance for word, distance in found.items())
    if reachable:
        assert found
        assert min(found.values()) == min(reachable.values())
