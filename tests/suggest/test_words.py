from __future__ import annotations

import pytest

from aisle.suggest.words import COMPARED, Words


def opened(**weights: float) -> Words:
    return Words.of(weights)


@pytest.fixture
def grocery() -> Words:
    return opened(
        milk=90, bread=50, breads=5, broccoli=20, avocado=30, yogurt=40, mayonnaise=9, straws=3, straus=0,
        worcestershire=2, artificial=8,
    )  # fmt: skip


def meant(words: Words, typed: str, *, whole: bool = False) -> list[str]:
    return [text for _, text in words.meant(typed, whole=whole, most=5)]


def test_known_words_and_beginnings_of_known_words(grocery: Words) -> None:
    assert grocery.known("milk")
    assert grocery.known("straus")
    assert not grocery.known("mil")
    assert grocery.begins("mil")
    assert not grocery.begins("milx")


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("mlik", "milk"), ("brocoli", "broccoli"), ("brocolli", "broccoli"), ("avacado", "avocado"),
        ("yogrt", "yogurt"), ("mayonaise", "mayonnaise"), ("worchestershire", "worcestershire"),
        ("artifical", "artificial"),
        ("worcestreshir", "worcestershir"),
    ],
)  # fmt: skip
def test_a_misspelt_word_means_the_word(grocery: Words, typed: str, word: str) -> None:
    assert meant(grocery, typed)[0] == word


def test_a_word_being_typed_means_the_beginning_of_a_word(grocery: Words) -> None:
    assert meant(grocery, "brocc") == []
    assert "broc" in meant(grocery, "brok")
    assert meant(grocery, "yogr", whole=False)[0].startswith("yog")


def test_a_finished_word_means_whole_words_only(grocery: Words) -> None:
    assert meant(grocery, "bred", whole=True) == ["bread"]


def test_of_two_words_as_near_the_weightier_is_meant() -> None:
    assert meant(opened(bread=1, broad=50), "brad", whole=True)[0] == "broad"
    assert meant(opened(bread=50, broad=1), "brad", whole=True)[0] == "bread"


def test_words_of_no_weight_are_known_and_never_meant(grocery: Words) -> None:
    assert "straus" not in meant(grocery, "straut", whole=True)


@pytest.mark.parametrize("typed", ["2%", "500g", "12", "7up", "ab", "", "日本", "naïve", "x" * 40])
def test_numbers_sizes_and_words_of_other_letters_mean_themselves(grocery: Words, typed: str) -> None:
    assert meant(grocery, typed) == []


def test_two_slips_are_forgiven_in_long_words_only(grocery: Words) -> None:
    assert meant(grocery, "mxik", whole=True) == []
    assert meant(grocery, "avxcaqo", whole=True) == ["avocado"]


def test_the_words_compared_are_bounded_however_many_there_are() -> None:
    """Counted, not timed: of thousands of words one letter apart, a fixed number is looked at."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = opened(**{f"m{one}{other}{third}k": 1.0 for one in letters for other in letters for third in letters})
    looked_at: list[int] = []
    original = Words.word

    def counting(self: Words, at: int) -> str:
        looked_at.append(at)
        return original(self, at)

    Words.word = counting  # type: ignore[method-assign]
    try:
        words.meant("maabk", whole=False, most=5)
    finally:
        Words.word = original  # type: ignore[method-assign]
    assert len(looked_at) <= 4 * COMPARED


def test_a_list_without_words_means_nothing() -> None:
    words = opened()
    assert not words.known("milk")
    assert meant(words, "milk") == []
