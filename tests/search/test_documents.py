from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aisle.search.documents import Documents
from aisle.shop.product import Product
from tests.search.catalogue import PRODUCTS


def test_products_come_back_as_they_were(tmp_path: Path) -> None:
    Documents.build(PRODUCTS).save(tmp_path)
    documents = Documents.open(tmp_path)
    assert len(documents) == len(PRODUCTS)
    assert [documents.product(number) for number in range(len(PRODUCTS))] == list(PRODUCTS)
    assert documents.fields(0)["category"] == ["Dairy", "Milk"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4))
def test_any_text_comes_back(titles: list[str]) -> None:
    products = [Product(product_id=str(number), title=title) for number, title in enumerate(titles)]
    documents = Documents.build(products)
    assert [documents.product(number) for number in range(len(products))] == products
