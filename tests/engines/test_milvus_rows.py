"""What Milvus is told of products and filters; that it filters exactly is in test_conformance.py."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.engines.milvus_rows import MOST_FACTS, expression, row, signed, unsigned
from aisle.errors import UserError
from aisle.search.service import Where
from aisle.shop.product import Product

D = np.ones(2, np.float32)


@given(st.integers(0, 2**64 - 1))
def test_keys_go_there_and_back(key: int) -> None:
    assert -(2**63) <= signed(key) < 2**63
    assert unsigned(signed(key)) == key


def test_no_text_of_a_request_stands_in_an_expression() -> None:
    text = "x') or in_stock == true or array_contains_any(facts, ["
    for field in ("brand", "category", "store", "attribute", "attribute.size", "product_id"):
        written = expression(Where(filter=f'{field} = "{text}"'))
        assert re.fullmatch(r"(array_contains_any\(facts, \[[-\d, ]+\]\))|(product in \[-?\d+\])", written)
    assert expression(Where(store=text)) == expression(Where(filter=f'store = "{text}"'))


def test_no_filter_is_no_expression() -> None:
    assert expression(Where()) == expression(Where(filter="  ")) == ""


def test_an_unknown_price_is_below_nothing_and_above_nothing() -> None:
    written = row(Product(product_id="a", title="x"), D, "vector_1")
    assert (written["price"], written["priced"]) == (0.0, False)
    assert expression(Where(filter="price < 5")) == "(priced == true and price < 5.0)"
    assert expression(Where(filter="not price < 5")) == "(not ((priced == true and price < 5.0)))"


def test_a_number_too_large_for_milvus_still_means_what_it_says() -> None:
    huge = "9" * 400
    assert expression(Where(filter=f"price < {huge}")) == "priced == true"
    assert "priced == false" in expression(Where(filter=f"price > {huge}"))
    assert "priced == false" in expression(Where(filter=f"price = {huge}"))


def test_a_product_has_a_fact_for_every_level_of_its_path_and_every_store() -> None:
    bare = row(Product(product_id="a", title="x"), D, "vector_1")["facts"]
    full = row(
        Product(product_id="a", title="x", category=("A", "B"), stores=("n", "s"), attributes=("o",)), D, "vector_1"
    )["facts"]
    # The brand, and "in every store" for the one without stores.
    assert len(bare) == 2
    assert len(full) == 1 + 2 + 2 + 1


def test_more_facts_than_milvus_keeps_are_refused() -> None:
    product = Product(product_id="many", title="x", stores=tuple(f"s{number}" for number in range(MOST_FACTS)))
    with pytest.raises(UserError, match="product 'many' has 4097 stores"):
        row(product, D, "vector_1")
