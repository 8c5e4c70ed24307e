"""What a word is indexed and looked up as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.search import analysis
from aisle.text.words import words


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("berries", ("berri",)),
        ("12in", ("12in", "12")),
        ("2inx4inx8ft", ("2x4x8", "2in", "2", "4in", "4", "8ft", "8")),
        ("12x24in", ("12x24", "12", "24in", "24")),
        ("1-1/2in", ("1-1/2in", "1-1/2")),
        ("2%", ("2%", "2")),
        ("1/2", ("1/2",)),
        ("3in1", ("3in1",)),
        ("iphone8", ("iphone8",)),
        ("3boxx4", ("3boxx4",)),
        ("牛", ("牛",)),
    ],
)
def test_forms(word: str, forms: tuple[str, ...]) -> None:
    assert analysis.forms(word) == forms


@given(st.text(alphabet="0123456789x.,/-% inftbox\"'ab", max_size=30))
def test_every_word_has_forms_and_none_is_empty(text: str) -> None:
    for word in words(text):
        forms = analysis.forms(word)
        assert forms
        assert all(forms)
        assert len(analysis.word_keys(word)) == len(forms)


def test_a_dimension_meets_itself_in_every_spelling() -> None:
    (one,), (other,) = words("12x24"), words("12 in. x 24 in.")
    assert analysis.forms(one)[0] == analysis.forms(other)[0]


def test_product_numbers_meet_without_case_spaces_and_dashes() -> None:
    assert len({analysis.number_key(number) for number in ("FW-2001", "fw 2001", "FW2001")}) == 1
    assert analysis.number_key("--") != analysis.number_key("##")
    assert analysis.id_key("FW-2001") != analysis.id_key("fw2001")


def test_titles_meet_whatever_their_case_and_signs() -> None:
    assert analysis.title_key("Milk, 2 % (1 gal.)") == analysis.title_key("MILK 2% 1gal")
    assert analysis.title_key("🥛") != analysis.title_key("🥦")


def test_kinds_of_keys_are_apart() -> None:
    keys = [kind("a") for kind in (analysis.word_key, analysis.title_key, analysis.brand_key, analysis.number_key)]
    keys += [analysis.id_key("a"), analysis.attribute_key("a"), analysis.pair_key("a", "a")]
    assert len(set(keys)) == len(keys)
