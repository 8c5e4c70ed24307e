"""Which products stand behind a text."""

from __future__ import annotations

import pytest

from aisle.suggest.support import Shown, Support, product_words
from aisle.text.plurals import fold_plural

from .world import PRODUCTS, product

SUPPORT = Support(PRODUCTS)


def ids(key: str) -> list[str]:
    return sorted(SUPPORT.products[row].product_id for row in SUPPORT.rows(key))


def test_every_word_must_be_in_one_product_that_can_be_bought() -> None:
    assert ids("milk") == ["1", "2", "3", "4", "6"]
    assert ids("whole milk") == ["1", "2"]
    assert ids("milk whole fernwood") == ["1"]
    assert ids("oat chocolate") == []  # in two products, not in one
    assert ids("turkey") == []  # out of stock
    assert ids("") == []


def test_kinds_and_attributes_are_words_of_a_product_and_plural_is_singular() -> None:
    assert ids("organic") == ["1", "3"]
    assert ids("deli ham") == ["7"]
    assert ids("milks") == ids("milk")
    assert ids("1gal") == ["3"]


def test_a_word_with_a_number_is_found_by_its_parts() -> None:
    support = Support([product(1, "7UP Cherry"), product(2, "Fresh Eggs 12ct")])
    assert support.rows("7up") == {0}
    assert support.rows("12ct eggs") == {1}
    assert support.rows("8up") == frozenset()
    assert product_words(support.products[0]) == {"7up", "7", "up", fold_plural("cherry")}


@pytest.mark.parametrize(
    ("numbers", "stores"),
    [
        ((2,), ("north",)),
        ((2, 5), ()),  # both stores there are, together
        ((1, 2), ()),  # the first names no store, and so is in all of them
        ((), None),
    ],
)
def test_stores_that_can_serve_one_of_the_products(numbers: tuple[int, ...], stores: tuple[str, ...] | None) -> None:
    rows = SUPPORT.carted_rows({str(number): 1 for number in numbers})
    assert len(rows) == len(numbers)
    assert SUPPORT.stores(rows) == stores


def test_without_stores_nothing_is_at_no_store_too() -> None:
    support = Support([product(1, "Milk")])
    assert support.stores(support.rows("milk")) == ()
    assert support.stores(support.rows("tea")) is None


def test_what_most_products_are_is_shown_unless_they_are_of_many_kinds() -> None:
    assert SUPPORT.shown(SUPPORT.rows("milk"), {}) == Shown("Milk", "box-1")
    # One bar, one carton: half of them is enough to say which.
    assert SUPPORT.shown(SUPPORT.rows("milk chocolate"), {}).category in ("Milk", "Chocolate")
    assert SUPPORT.shown(SUPPORT.carted_rows({"1": 1, "7": 1, "9": 1}), {}).category == ""
    assert SUPPORT.shown(frozenset(), {}) == Shown()


def test_what_people_put_into_carts_says_more_than_words() -> None:
    rows = SUPPORT.rows("milk")
    assert SUPPORT.shown(rows, {"6": 5, "1": 1}) == Shown("Chocolate", "box-1")  # the bar has no picture
    assert SUPPORT.shown(rows, {"2": 3, "1": 1}) == Shown("Milk", "box-2")
    # What is out of stock or unknown has no say.
    assert SUPPORT.shown(rows, {"8": 50, "999": 50}) == SUPPORT.shown(rows, {})
    assert SUPPORT.carted_rows({"8": 1, "999": 1, "3": 1}) == SUPPORT.rows("oat milk")


def test_products_are_found_by_their_number() -> None:
    found = SUPPORT.product("7")
    assert found is not None
    assert found.title == "Sliced Ham"
    assert SUPPORT.product("8") is None
