"""Facets count the results, all of them and nothing else."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.search.columns import Columns
from aisle.search.facets import MOST_VALUES, count_facets
from aisle.shop.product import Product
from tests.search.catalogue import PRODUCTS

COLUMNS = Columns.build(PRODUCTS)


@settings(deadline=None)
@given(st.sets(st.integers(0, len(PRODUCTS) - 1)), st.integers(0, len(PRODUCTS)))
def test_facets_are_plain_counts_however_the_index_is_cut(chosen: set[int], cut: int) -> None:
    results = sorted(chosen)
    first, second = PRODUCTS[:cut], PRODUCTS[cut:]
    parts = []
    for products, start in ((first, 0), (second, cut)):
        if products:
            inside = [number - start for number in results if start <= number < start + len(products)]
            parts.append((Columns.build(products), np.array(inside, np.int64)))
    found = count_facets(parts)
    listed = [PRODUCTS[number] for number in results]
    assert found["brand"] == Counter(product.brand for product in listed if product.brand)
    assert found["category"] == Counter(product.category[0] for product in listed if product.category)
    assert found["category_path"].get("Dairy > Milk", 0) == sum(
        product.category[:2] == ("Dairy", "Milk") for product in listed
    )
    for store in ("north", "south"):
        carried = sum(not product.stores or store in product.stores for product in listed)
        assert found["store"].get(store, 0) == carried
    assert sum(found["stock"].values()) == len(listed)


def test_the_most_frequent_values_come_first_and_no_more_than_a_hundred() -> None:
    products = [Product(product_id=str(n), title="x", brand=f"brand {n % 150:03}") for n in range(400)]
    found = count_facets([(Columns.build(products), np.arange(400))])["brand"]
    assert len(found) == MOST_VALUES
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert next(iter(found)) == "brand 000"
