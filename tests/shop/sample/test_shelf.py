"""The simulation's own search finds, misses and errs as a middling engine does."""

from __future__ import annotations

import pytest

from aisle.shop.product import Product
from aisle.shop.sample.needs import Need
from aisle.shop.sample.shelf import Shelf
from aisle.shop.sample.typeahead import SHOWN, Typeahead


@pytest.fixture(scope="module")
def shelf(products: list[Product], needs: list[Need]) -> Shelf:
    return Shelf(products, needs, ["greenhill", "harborside"])


def _kinds(shelf: Shelf, query: str, size: int = 6) -> list[str]:
    return [shelf.products[row].category[-1] for row in shelf.page(query, "greenhill", size)]


def test_the_name_of_a_kind_finds_it(shelf: Shelf) -> None:
    assert set(_kinds(shelf, "whole milk", 3)) == {"Whole Milk"}
    assert "Potato Chips" in _kinds(shelf, "potato chips")


def test_most_slips_are_mended(shelf: Shelf) -> None:
    assert "Bananas" in _kinds(shelf, "bananaz")
    assert "Whole Milk" in _kinds(shelf, "whoel milk")


def test_nothing_is_found_for_nonsense(shelf: Shelf) -> None:
    assert shelf.page("xqzzv", "greenhill", 12) == ()
    assert shelf.page("", "greenhill", 12) == ()


def test_only_what_the_store_has_in_stock_is_shown(shelf: Shelf, products: list[Product]) -> None:
    for query in ("milk", "bread", "soup", "chips"):
        for row in shelf.page(query, "harborside", 12):
            assert products[row].in_stock
            assert not products[row].stores or "harborside" in products[row].stores


def test_shorter_pages_are_the_start_of_longer_ones(shelf: Shelf) -> None:
    short = shelf.page("cheese", "greenhill", 3)
    assert shelf.page("cheese", "greenhill", 12)[:3] == short
    assert len(shelf.page("cheese", "greenhill", 12)) == 12


def test_some_synonyms_are_known_and_some_are_not(shelf: Shelf, needs: list[Need]) -> None:
    bare = [need for need in needs if need.phrases and len(need.kinds) > 1 and not need.trait]
    said = [(text, need.kinds) for need in bare for text in need.phrases[1:]]
    understood = sum(bool(set(_kinds(shelf, text)) & set(kinds)) for text, kinds in said) / len(said)
    assert 0.5 < understood < 0.98


def test_suggestions_start_as_typed_and_the_most_popular_comes_first(needs: list[Need]) -> None:
    typeahead = Typeahead(needs)
    shown = typeahead.suggestions("mil")
    assert shown[0] == "milk"
    assert len(shown) == SHOWN
    assert all(text.startswith("mil") for text in shown)
    assert typeahead.suggestions("zzzz") == ()
    assert "any milk" in typeahead.meaning("milk").name
