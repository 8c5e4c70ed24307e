"""Phrases of the catalogue: what a kind is called, with what the shop has of it."""

from __future__ import annotations

import pytest

from aisle.suggest.candidates import Candidate
from aisle.suggest.compose import compose, posterior
from aisle.suggest.support import Support

from .world import PRODUCTS, product

SEARCHED = (
    Candidate(text="whole milk", popularity=60, source="events", category="Milk"),
    Candidate(text="milk", popularity=100, source="events", category="Milk"),
    Candidate(text="organic milk", popularity=20, source="events", category="Milk"),
    Candidate(text="chocolate", popularity=30, source="events", category="Chocolate"),
)


def composed(popularity: dict[str, float] | None = None, most: int = 1000, products=PRODUCTS) -> dict[str, Candidate]:
    found = compose(Support(products), SEARCHED, popularity or {}, most)
    assert len({one.text for one in found}) == len(found)
    return {one.text: one for one in found}


def test_names_from_the_log_meet_brands_and_attributes_of_the_catalogue() -> None:
    found = composed()
    assert {"fernwood milk", "fernwood whole milk", "oakley dairy milk", "oakley milk", "organic whole milk"} <= set(
        found
    )
    # Each is of the kind that it was made for, with a picture of one of its products.
    assert found["fernwood milk"].category == "Milk"
    assert found["fernwood milk"].image == "box-1"
    assert found["fernwood milk"].source == "catalogue"
    # "organic milk" is "milk" with something added, and is no name that more is added to.
    assert "organic organic milk" not in found
    assert "fernwood organic milk" not in found


def test_a_phrase_is_of_one_kind_and_only_of_what_can_be_bought() -> None:
    found = composed()
    assert not any("fernwood" in text and "chocolate" in text for text in found)  # their chocolate is a milk
    assert not any("turkey" in text for text in found)


def test_a_size_stands_before_or_behind_and_mostly_behind() -> None:
    found = composed()
    assert found["milk 1 gal"].popularity > found["1 gal milk"].popularity > 0


def test_a_store_that_has_none_is_not_named() -> None:
    found = composed()
    assert found["oakley milk"].stores == ("north",)
    assert found["fernwood milk"].stores == ()


def test_what_is_asked_for_more_than_its_products_suggest_is_expected_more_of_other_names_too() -> None:
    plain = composed()
    asked = composed({"oakley dairy milk": 40.0})
    assert asked["oakley dairy milk"].popularity > 10 * plain["oakley dairy milk"].popularity

    def share(found: dict[str, Candidate]) -> float:
        return found["oakley dairy whole milk"].popularity / found["fernwood whole milk"].popularity

    assert share(asked) > share(plain)


def test_only_the_likeliest_are_made_and_always_the_same() -> None:
    everything = composed()
    few = composed(most=3)
    assert list(few) == list(everything)[:3]
    weights = [one.popularity for one in everything.values()]
    assert weights == sorted(weights, reverse=True)
    assert list(composed(products=tuple(reversed(PRODUCTS)))) == list(everything)


def test_a_catalogue_without_kinds_makes_nothing() -> None:
    assert compose(Support([product(1, "Milk", brand="Fernwood")]), SEARCHED, {}, 10) == []
    assert compose(Support([]), [], {}, 10) == []


@pytest.mark.parametrize(("expected", "seen", "after"), [(2.0, 0.0, 2 / 3), (2.0, 2.0, 2.0), (0.0, 5.0, 0.0)])
def test_expectation_and_what_was_seen_by_hand(expected: float, seen: float, after: float) -> None:
    assert posterior(expected, seen) == pytest.approx(after)
