"""Queries made from a product's own fields."""

from __future__ import annotations

from aisle.mining.synthetic import synthetic_pairs
from tests.mining.logs import product

MILK = product(
    "M",
    "Fernwood Organic Whole Milk, 1 gal",
    ("Dairy", "Milk"),
    brand="Fernwood",
    attributes=("organic", "size: 1 gal"),
)


def queries(most: int = 1000) -> list[str]:
    return [pair.query for pair in synthetic_pairs([MILK], set(), most)]


def test_fields_stand_in_any_order() -> None:
    made = set(queries())
    assert {"milk", "fernwood milk", "milk fernwood", "organic milk", "milk 1 gal", "fernwood organic milk"} <= made
    assert {"organic whole milk", "fernwood organic whole milk"} <= made


def test_every_query_says_what_the_thing_is_and_no_word_twice() -> None:
    for query in queries():
        assert "milk" in query.split()
        assert len(set(query.split())) == len(query.split())


def test_no_more_than_asked_for_and_the_same_every_time() -> None:
    assert len(queries(3)) == 3
    other = product("X", "Rye Bread", ("Bakery", "Bread"))
    assert [pair.query for pair in synthetic_pairs([other, MILK], set(), 3) if pair.product_id == "M"] == queries(3)


def test_known_products_are_left_alone() -> None:
    assert synthetic_pairs([MILK], {"M"}, 5) == []


def test_a_product_of_a_title_alone_still_gets_one() -> None:
    (pair,) = synthetic_pairs([product("T", "Thing")], set(), 5)
    assert (pair.query, pair.quality, pair.source) == ("thing", "noisy", "catalogue")
