"""The sample catalogue is plausible, and the same each time."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from aisle.shop.product import Product
from aisle.shop.sample.catalogue import largest_catalogue, sample_catalogue, store_table
from aisle.shop.sample.vocabulary import vocabulary


@pytest.mark.parametrize("count", [1, 7, 1_000])
def test_exactly_as_many_products_as_asked_for(count: int) -> None:
    assert len(sample_catalogue(products=count)) == count


def test_the_default_is_twelve_thousand_products_of_every_kind() -> None:
    products = sample_catalogue()
    assert len(products) == 12_000
    assert {product.category[-1] for product in products} == set(vocabulary().by_name)


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_below_one_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        sample_catalogue(products=count)


def test_more_products_than_the_vocabulary_can_make_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        sample_catalogue(products=largest_catalogue() + 1)


def test_same_seed_same_catalogue_and_another_seed_another(products: list[Product]) -> None:
    assert sample_catalogue(products=3_000, seed=7) == products
    assert sample_catalogue(products=3_000, seed=8) != products


def test_ids_and_titles_are_unique(products: list[Product]) -> None:
    assert len({product.product_id for product in products}) == len(products)
    assert len({product.title for product in products}) == len(products)
    assert all(re.fullmatch(r"[A-Z]{3}-\d{6}", product.product_id) for product in products)


def test_titles_say_brand_kind_and_size(products: list[Product]) -> None:
    for product in products:
        assert product.title.startswith(product.brand)
        assert product.title.endswith(product.attributes[-1].removeprefix("size: "))
        assert product.category[-1].split()[-1] in product.title
        assert "  " not in product.title
        assert "{" not in product.title


def test_prices_look_like_shelf_prices_and_grow_with_the_size(products: list[Product]) -> None:
    for product in products:
        assert product.price is not None
        assert 0.15 <= product.price <= 120
        assert product.price == round(product.price, 2)
    siblings: dict[str, list[Product]] = {}
    for product in products:
        siblings.setdefault(product.title.removesuffix(product.attributes[-1].removeprefix("size: ")), []).append(
            product
        )
    compared = 0
    for same in siblings.values():
        usual = dict(vocabulary().by_name[same[0].category[-1]].sizes)
        for one in same:
            for other in same:
                size, other_size = (p.attributes[-1].removeprefix("size: ") for p in (one, other))
                if usual[size] > 1.3 * usual[other_size]:
                    compared += 1
                    assert one.price is not None
                    assert other.price is not None
                    assert one.price > other.price, (one.title, other.title)
    assert compared > 100


def test_traits_never_contradict_the_name(products: list[Product]) -> None:
    for product in products:
        title = product.title.lower()
        if "gluten free" in product.attributes:
            assert "wheat" not in title, title
        if "fragrance free" in product.attributes:
            assert not any(attribute.startswith("scent: ") for attribute in product.attributes), title
        if "unsalted" in product.attributes:
            assert "sea salt" not in title, title


def test_stores_differ_and_every_product_is_sold_somewhere(products: list[Product]) -> None:
    stores = store_table()
    carried = Counter(store for product in products for store in (product.stores or stores))
    assert set(carried) == set(stores)
    assert len(set(carried.values())) == len(stores)
    assert any(not product.stores for product in products)
    assert all(set(product.stores) < set(stores) for product in products)


def test_a_few_percent_are_out_of_stock(products: list[Product]) -> None:
    out = sum(not product.in_stock for product in products) / len(products)
    assert 0.02 < out < 0.07


def test_popular_kinds_have_more_products(products: list[Product]) -> None:
    counts = Counter(product.category[-1] for product in products)
    assert counts["Whole Milk"] > counts["Buttermilk"]
    assert counts["Potato Chips"] > counts["Plantain Chips"]
