"""Products put and deleted since the build are found and gone at once, as if the version had been built with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.request import MODES, SearchRequest, SearchResult
from aisle.shop.product import Product
from tests.search.catalogue import PRODUCTS, vector, vectors

NEW = Product(
    product_id="NEW-1", title="Quillworth Oat Milk, 32 oz", brand="Quillworth", category=("Dairy", "Milk"), price=2.0,
    stores=("west",),
)  # fmt: skip
CHANGED = replace(PRODUCTS[2], title="Oakley Dairy Gouda Cheese 8 oz", price=1.0)


def ask(index: SearchIndex, query: str, **rest: Any) -> SearchResult:
    return index.search(SearchRequest(query=query, k=100, **rest), vector(query) if query else None)


def ids(result: SearchResult) -> list[str]:
    return [hit.product_id for hit in result.hits]


@pytest.fixture(scope="module")
def changed(index: SearchIndex) -> SearchIndex:
    tail = [NEW, CHANGED]
    return index.with_tail(tail, vectors(tail), ["GR-5"])


def test_a_new_product_is_found_by_words_by_meaning_and_by_number(changed: SearchIndex) -> None:
    for mode in MODES:
        assert "NEW-1" in ids(ask(changed, "quillworth oat milk", mode=mode))
    assert ids(ask(changed, "new1", mode="lexical"))[0] == "NEW-1"
    assert ids(ask(changed, "quillworth"))[0] == "NEW-1"


def test_a_deleted_product_is_gone_everywhere(changed: SearchIndex) -> None:
    for query in ("GR-5", "corn flakes", "", "golden ridge"):
        for mode in MODES:
            result = ask(changed, query, mode=mode)
            assert "GR-5" not in ids(result)
            assert result.facets["stock"].get("out_of_stock", 0) == 0


def test_a_changed_product_takes_the_old_ones_place(changed: SearchIndex) -> None:
    found = ask(changed, "oakley dairy")
    assert ids(found).count("OK-17") == 1
    assert found.hits[0].title == CHANGED.title
    assert "OK-17" in ids(ask(changed, "cheese", filter="price < 2"))
    assert not ask(changed, "cheddar", mode="lexical", filter='product_id = "OK-17" and price > 2').hits


def test_numbers_and_facts_count_both_parts(index: SearchIndex, changed: SearchIndex) -> None:
    assert len(changed) == len(PRODUCTS) == len(index)
    assert ask(changed, "").total == len(PRODUCTS)
    assert changed.stores == ["north", "south", "west"]
    assert "Quillworth" in changed.brands
    assert ask(changed, "milk", store="west").facets["store"]["west"] >= 1


def test_the_index_it_came_from_stays_as_it_was(index: SearchIndex, changed: SearchIndex) -> None:
    assert "GR-5" in ids(ask(index, "corn flakes"))
    assert "NEW-1" not in ids(ask(index, "quillworth oat milk"))
    assert changed is not index


@pytest.mark.parametrize("mode", ["semantic", "lexical", "hybrid"])
def test_it_ranks_as_a_version_built_with_the_changes(changed: SearchIndex, tmp_path: Path, mode: Any) -> None:
    products = [product for product in PRODUCTS if product.product_id not in ("GR-5", "OK-17")] + [NEW, CHANGED]
    build_search(tmp_path, products, vectors(products))
    rebuilt = SearchIndex.open(tmp_path)
    for query in ("milk 1 gal", "cheese", "tile 12x24", "quillworth", "golden ridge cereal"):
        expected, found = ask(rebuilt, query, mode=mode), ask(changed, query, mode=mode)
        assert ids(found)[:3] == ids(expected)[:3]
        assert found.total == expected.total
        assert found.facets == expected.facets
    if mode == "semantic":
        assert [hit.score for hit in found.hits] == [hit.score for hit in expected.hits]


def test_a_tail_of_deletions_alone(index: SearchIndex) -> None:
    fewer = index.with_tail([], None, ["FW-2001", "unknown"])
    assert len(fewer) == len(PRODUCTS) - 1
    assert "FW-2001" not in ids(ask(fewer, "whole milk"))


def test_a_tail_without_vectors_is_found_by_its_words(index: SearchIndex) -> None:
    changed = index.with_tail([NEW], None)
    assert ids(ask(changed, "quillworth oat milk"))[0] == "NEW-1"
    assert "NEW-1" not in ids(ask(changed, "quillworth oat milk", mode="semantic"))


def test_all_products_may_be_deleted(index: SearchIndex) -> None:
    nothing = index.with_tail([], None, [product.product_id for product in PRODUCTS])
    assert len(nothing) == 0
    for mode in MODES:
        assert ask(nothing, "milk", mode=mode).total == 0
    assert ask(nothing, "").total == 0
