from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.suggest import slips
from aisle.suggest.slips import one_slip, sound, two_slips
from aisle.text.spelling import edit_distance


@pytest.mark.parametrize(
    ("typed", "word", "cost"),
    [
        ("brocoli", "broccoli", slips.UNDOUBLED),
        ("yogrt", "yogurt", slips.MISSING),
        ("mlik", "milk", slips.SWAPPED),
        ("avacado", "avocado", slips.VOWEL),
        ("bananna", "banana", slips.DOUBLED),
        ("chezse", "cheese", slips.FOREIGN),
        ("nilk", "milk", slips.SOUND + slips.FIRST_LETTER),
        ("bresd", "bread", slips.NEIGHBOUR),
        ("milk", "milk", 0.0),
    ],
)
def test_slips_that_people_make_more_often_cost_less(typed: str, word: str, cost: float) -> None:
    assert one_slip(typed, word, whole=True) == (cost, len(word))


def test_a_beginning_of_a_word_is_told_with_its_length() -> None:
    assert one_slip("chocl", "chocolate", whole=False) == (slips.MISSING, 6)
    assert one_slip("choc", "chocolate", whole=False) == (0.0, 4)
    assert one_slip("choc", "chocolate", whole=True) is None


WORD = st.text("abcé", min_size=1, max_size=6)


@given(WORD, WORD)
def test_one_slip_is_one_edit(typed: str, word: str) -> None:
    assert (one_slip(typed, word, whole=True) is not None) == (edit_distance(typed, word, 2) <= 1)


@given(WORD, WORD)
def test_two_slips_are_at_most_two_edits_and_cost_no_more_than_one_does(typed: str, word: str) -> None:
    found = two_slips(typed, word, whole=True)
    assert (found is not None) == (edit_distance(typed, word, 3) <= 2)
    one = one_slip(typed, word, whole=True)
    if found and one:
        assert found[0] <= one[0] + slips.SECOND + 1e-9


@given(WORD, WORD)
def test_what_is_a_slip_of_a_word_is_a_slip_of_its_beginning(typed: str, word: str) -> None:
    if one_slip(typed, word, whole=True) is not None:
        assert one_slip(typed, word + "x", whole=False) is not None


@pytest.mark.parametrize(
    ("one", "other"), [("brocolli", "broccoli"), ("fantom", "phantom"), ("nite", "night"), ("cumin", "kumin")]
)
def test_words_that_sound_alike(one: str, other: str) -> None:
    assert (sound(one) == sound(other)) == (one != "nite")


def test_different_words_sound_different() -> None:
    assert len({sound(word) for word in ("milk", "silk", "bread", "beard", "rice", "ice", "pear", "bear")}) == 8
