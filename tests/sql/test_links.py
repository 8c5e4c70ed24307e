"""What the words of a question are linked to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.sql.links import MOST_WORDS, lay_out
from aisle.sql.tree import Period
from tests.sql.bookshop import TODAY, schema


def linked(question: str) -> list[tuple[str, object]]:
    sheet = lay_out(question, schema(), today=TODAY)
    return [(value.words, value.value) for value in sheet.values if value.role != "constant"]


def test_values_are_found_in_any_number_and_case_and_by_their_parts() -> None:
    assert linked("CRIME and play") == [("CRIME", "Crime"), ("play", "Poetry & Plays")]
    assert linked("poetry & plays") == [("poetry & plays", "Poetry & Plays")]
    assert linked("at o'hara's") == [("o ' hara ' s", "O'Hara's")]


def test_numbers_are_found_in_figures_and_words() -> None:
    assert linked("12 3.50 1,200 seven 5 thousand") == [
        ("12", 12),
        ("3.50", 3.5),
        ("1,200", 1200),
        ("seven", 7),
        ("5", 5000),
        ("thousand", 1000),
    ]


def test_a_year_is_a_number_and_a_time() -> None:
    assert linked("books of 2024") == [("of 2024", Period(date(2024, 1, 1), date(2024, 12, 31))), ("2024", 2024)]


def test_words_that_name_nothing_may_be_guessed() -> None:
    def guess(words: Sequence[str]) -> list[tuple[str, frozenset[int], float]]:
        return [("Crime", frozenset({1}), 0.6) if word == "detectives" else ("", frozenset(), 0.0) for word in words]

    sheet = lay_out("how many detectives at north", schema(), today=TODAY, guess=guess)
    (found,) = [value for value in sheet.values if value.similarity < 1]
    assert (found.words, found.value, found.similarity) == ("detectives", "Crime", 0.6)


@pytest.mark.parametrize("question", ["", "  ", "?!", "word " * (MOST_WORDS + 1)])
def test_no_question_and_too_long_a_question_are_users_errors(question: str) -> None:
    with pytest.raises(UserError):
        lay_out(question, schema(), today=TODAY)


@given(st.text(max_size=60))
def test_any_text_is_laid_out_or_refused(text: str) -> None:
    try:
        sheet = lay_out(text, schema(), today=TODAY)
    except UserError:
        return
    for value in sheet.values:
        assert -1 <= value.first <= value.last < len(sheet.words)
    assert all(text[word.start : word.end] == word.text for word in sheet.words)
