"""ExactMatch@N by hand, and places to ask about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluation.completion import Attempt, Place, choose_places, evaluate_completions


def attempt(completion: str, rest: str, confidence: float) -> Attempt:
    return Attempt(place=Place(typed="", rest=rest), completion=completion, confidence=confidence)


@pytest.mark.parametrize(
    ("completion", "rest", "right"),
    [
        ("ward to", "ward to hearing from you.", True),
        ("ward to", "ward today.", False),
        ("ward to you", "ward to hearing", False),
        (" you.", " you.", True),
        (" you", " you.", True),
        ("you", " you", False),
    ],
)
def test_a_suggestion_is_right_if_the_rest_begins_with_its_words(completion: str, rest: str, right: bool) -> None:
    assert attempt(completion, rest, 1).is_right == right


def test_exact_match_by_hand() -> None:
    attempts = [
        attempt("a", "a b", 0.9),
        attempt("a b", "a c", 0.8),
        attempt("x y", "x y z", 0.7),
        attempt("q", "r", 0.6),
        attempt("", "s", 0.95),
    ]
    result = evaluate_completions(attempts, 0.6)
    assert (result.places, result.shown, result.coverage) == (5, 3, 0.6)
    assert result.by_words == {1: (1, 100.0), 2: (2, 50.0)}
    assert result.exact_match == pytest.approx(200 / 3)
    assert result.plain_mean == 75.0
    assert result.mean_words == pytest.approx(5 / 3)
    assert result.characters_saved == pytest.approx(100 * 4 / 5)
    everything = evaluate_completions(attempts, 1.0)
    assert everything.shown == 4  # one place has nothing to show


def test_long_suggestions_count_with_fifteen_words() -> None:
    words = " ".join("abcdefghijklmnopqr")
    assert list(evaluate_completions([attempt(words, words, 1)], 1).by_words) == [15]


@given(st.lists(st.text("ab ", min_size=1, max_size=20), max_size=8), st.integers(1, 30), st.integers(0, 3))
def test_places_lie_behind_a_first_word_and_put_together_give_the_message(
    messages: list[str], number: int, seed: int
) -> None:
    places = choose_places(messages, number, seed=seed)
    assert places == choose_places(messages, number, seed=seed)
    assert len({(place.typed, place.rest) for place in places}) <= len(places) <= number
    for place in places:
        assert place.typed + place.rest in messages
        assert " " in place.typed
        assert place.rest


def test_nothing_to_ask_about_is_no_error() -> None:
    assert choose_places(["word", ""], 5) == []
    assert evaluate_completions([], 0.5).coverage == 0.0
