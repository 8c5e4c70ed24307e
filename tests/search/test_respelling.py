"""Words that nobody knows are read as those that were meant; all others stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.search import analysis
from aisle.search.respelling import respelt
from aisle.text.spelling import Spelling
from aisle.text.wordlist import WordList

CATALOGUE = ("toilet", "seat", "couch", "vanity", "plywood", "soda", "hose")
HELD = {analysis.word_key(word) for word in CATALOGUE}
SPELLING = Spelling.build(WordList.build(dict.fromkeys(CATALOGUE, 1)))


def read(query: str, known: tuple[str, ...] = ("sofa", "red")) -> str:
    return respelt(query, frequency=lambda key: int(key in HELD), spelling=SPELLING, known=known.__contains__)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("toliet seat", "toilet seat"),
        ("1/2' Plyweood  red", "1/2' plywood red"),
        ("Toilet SEATS", "Toilet SEATS"),
        ("red sofa", "red sofa"),
        ("toliet-seat 6x24", "toliet-seat 6x24"),
        ("xqzwv", "xqzwv"),
        ("", ""),
        ("  toilet   seat ", "  toilet   seat "),
    ],
)
def test_only_what_neither_catalogue_nor_encoder_has_is_respelt(query: str, expected: str) -> None:
    assert read(query) == expected


def test_a_word_that_the_encoder_knows_keeps_its_meaning() -> None:
    assert read("sofa", known=()) == "soda"
    assert read("sofa", known=("sofa",)) == "sofa"


@given(st.text(max_size=60))
def test_any_text_is_read_and_reading_again_changes_nothing(query: str) -> None:
    assert read(read(query)) == read(query)
    assert len(read(query).split()) == len(query.split())
