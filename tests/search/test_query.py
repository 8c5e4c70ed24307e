from __future__ import annotations

from aisle.search.query import read_query
from aisle.search.request import MOST_QUERY_CHARACTERS, MOST_QUERY_WORDS


def test_a_short_query_is_read_whole() -> None:
    query = read_query("  Milk, 2 % ")
    assert (query.text, query.words, query.notes, query.empty) == ("Milk, 2 %", ("milk", "2%"), (), False)


def test_white_space_is_no_query_but_emoji_are() -> None:
    assert read_query(" \t\n").empty
    assert not read_query("🥛").empty
    assert read_query("🥛").words == ()


def test_what_is_left_out_is_told() -> None:
    long = read_query("ab " * 5000)
    assert len(long.text) == MOST_QUERY_CHARACTERS
    assert len(long.words) == MOST_QUERY_WORDS
    assert "14999 characters" in long.notes[0]
    assert "only the first 64" in long.notes[1]
