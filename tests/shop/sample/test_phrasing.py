"""A need is said in many ways."""

from __future__ import annotations

import math

import pytest

from aisle.shop.sample.needs import Need
from aisle.shop.sample.phrasing import other_number, phrases


def _said(need: Need) -> list[str]:
    return [text for text, _ in phrases(need)]


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("bagels", "bagel"),
        ("berries", "berry"),
        ("peaches", "peach"),
        ("tomatoes", "tomato"),
        ("loaf", "loaves"),
        ("knives", "knife"),
        ("steak", "steaks"),
        ("sandwich", "sandwiches"),
        ("milk", "milk"),
        ("asparagus", "asparagus"),
        ("tahini", "tahini"),
        ("2%", "2%"),
    ],
)
def test_other_number(word: str, other: str) -> None:
    assert other_number(word) == other


def test_likelihoods_sum_to_one_and_fall(needs: list[Need]) -> None:
    for need in needs[::50]:
        shares = [share for _, share in phrases(need)]
        assert math.isclose(sum(shares), 1.0)
        assert shares == sorted(shares, reverse=True)


def test_phrases_are_lower_case_without_stray_spaces(needs: list[Need]) -> None:
    for need in needs[::10]:
        for text, _ in phrases(need):
            assert text == " ".join(text.lower().split())
            assert text


def test_synonyms_need_no_word_of_the_title() -> None:
    soda = Need(name="any soda", kinds=("Ginger Ale",), phrases=("soda", "pop", "soft drink"))
    assert {"pop", "soft drink"} <= set(_said(soda))
    assert "scallions" in _said(Need(name="Green Onions", kinds=("Green Onions",)))


def test_word_order_and_short_forms() -> None:
    said = _said(Need(name="n", kinds=("Whole Milk",), trait="organic"))
    assert {"organic whole milk", "whole milk organic"} <= set(said)
    said = _said(Need(name="n", kinds=("Chicken Broth",), trait="gluten free"))
    assert {"gluten free chicken broth", "gluten-free chicken broth", "gf chicken broth"} <= set(said)
    assert "chicken broth without gluten" in said


def test_the_diaper_size_comes_after_the_name() -> None:
    assert _said(Need(name="n", kinds=("Baby Diapers",), flavour="Size 2"))[0] == "baby diapers size 2"


def test_sizes_are_said_in_figures_and_words() -> None:
    said = _said(Need(name="n", kinds=("Whole Milk",), size="1 gal"))
    assert {"whole milk 1 gal", "whole milk 1gal", "gallon whole milk"} <= set(said)
    assert "half gallon whole milk" in _said(Need(name="n", kinds=("Whole Milk",), size="0.5 gal"))


def test_a_brand_can_be_cut_short() -> None:
    said = _said(Need(name="n", kinds=("Whole Milk",), brand="Strawes Creamery"))
    assert {"strawes creamery whole milk", "strawes whole milk"} <= set(said)
