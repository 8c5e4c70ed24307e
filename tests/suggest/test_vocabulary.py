from __future__ import annotations

import pytest

from aisle.shop.product import Product
from aisle.suggest.matching import fold
from aisle.suggest.vocabulary import StoreSets, Vocabulary

PRODUCTS = [
    Product(product_id="1", title="Ripe Bananas, 6 pack", brand="Fernwood", stores=("north",)),
    Product(product_id="2", title="12 Organic Eggs", category=("Dairy & Eggs", "Eggs"), stores=("north", "south")),
    Product(product_id="3", title="Cherry 7up", attributes=("diet: sugar-free",), description="no such fizz"),
]


def stores(query: str, products: list[Product] = PRODUCTS) -> tuple[str, ...] | None:
    sets = StoreSets(products)
    found = Vocabulary(products, sets).stores(fold(query))
    return None if found is None else sets.names(found)


@pytest.mark.parametrize(
    ("query", "served"),
    [
        ("bananas", ("north",)),
        ("banana", ("north",)),
        ("cherries", ()),
        ("egg", ()),
        ("organic", ()),
        ("12 organic eggs", ()),
        ("organic bananas", ("north",)),
        ("7 up", ()),
        ("sugar free", ()),
        ("FERNWOOD", ("north",)),
        ("banan", None),
        ("fizz", None),
        ("organic xylitol", None),
        ("13 eggs", None),
    ],
)
def test_a_query_is_served_where_all_its_words_are_sold(query: str, served: tuple[str, ...] | None) -> None:
    assert stores(query) == served


def test_words_that_no_store_sells_together_are_served_nowhere() -> None:
    apart = [
        Product(product_id="1", title="Rye", stores=("north",)),
        Product(product_id="2", title="Bread", stores=("south",)),
    ]
    sets = StoreSets(apart)
    assert Vocabulary(apart, sets).stores("rye bread") == 0


def test_a_shop_without_stores_serves_all_it_knows() -> None:
    assert stores("tea", [Product(product_id="1", title="Green Tea")]) == ()
    assert stores("coffee", [Product(product_id="1", title="Green Tea")]) is None


def test_store_sets_name_a_part_and_leave_the_whole_unnamed() -> None:
    sets = StoreSets(PRODUCTS)
    assert [sets.names(sets.of(product)) for product in PRODUCTS] == [("north",), (), ()]
