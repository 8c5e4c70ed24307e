"""The words of a shop, and the products behind them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from aisle.suggest.goods import PRODUCT_WEIGHT, Goods, word_arrays

from .world import PRODUCTS, product


def test_products_in_stock_are_spelt_as_they_are_written_once_a_word() -> None:
    goods = Goods.of([product(1, "Oat Milk Oat", "Dairy", "Milk", attributes=("size: 1 gal",)), PRODUCTS[7]])
    assert goods.spellings == (("oat", "milk", "dairy", "1gal"),)
    # What is out of stock is known all the same.
    assert {"smoked", "turkey", "oat"} <= goods.known
    assert "size" not in goods.known


def test_which_store_carries_what() -> None:
    goods = Goods.of(PRODUCTS)
    assert goods.carriers == ("north", "south")
    titles = [one.title for one in PRODUCTS if one.in_stock]
    carried = dict(zip(titles, goods.carried_PS.tolist(), strict=True))
    assert carried["Oakley Dairy Whole Milk"] == [1, 0]
    assert carried["Dark Chocolate Bar"] == [0, 1]
    assert carried["Sliced Ham"] == [1, 1]  # names no store


def words_of(arrays: dict[str, np.ndarray]) -> list[str]:
    ends = arrays["word-ends"].tolist()
    text = arrays["words"].tobytes()
    return [text[first:end].decode().strip(" \0") for first, end in pairwise(ends)]


def test_words_weigh_what_is_searched_with_them_and_a_little_for_each_product() -> None:
    goods = Goods.of([product(1, "Oat Milk"), product(2, "Rice Milk"), product(3, "Tea", in_stock=False)])
    arrays = word_arrays(["milk milk", "milk shake"], np.array([5.0, 2.0]), goods)
    weights = dict(zip(words_of(arrays), arrays["word-weights"].tolist(), strict=True))
    assert weights == pytest.approx(
        {"milk": 7 + 2 * PRODUCT_WEIGHT, "oat": PRODUCT_WEIGHT, "rice": PRODUCT_WEIGHT, "shake": 2.0, "tea": 0.0}
    )


def test_words_lead_to_products_and_products_to_words() -> None:
    goods = Goods.of([product(1, "Oat Milk"), product(2, "Rice Milk")])
    arrays = word_arrays([], np.zeros(0), goods)
    words = words_of(arrays)
    ends = arrays["product-ends"].tolist()
    found = {word: arrays["products"][ends[n] : ends[n + 1]].tolist() for n, word in enumerate(words)}
    assert found == {"milk": [0, 1], "oat": [0], "rice": [1]}
    ends = arrays["spelling-ends"].tolist()
    assert [[words[at] for at in arrays["spellings"][ends[n] : ends[n + 1]]] for n in range(2)] == [
        ["oat", "milk"],
        ["rice", "milk"],
    ]


def test_an_empty_shop_has_empty_files() -> None:
    arrays = word_arrays([], np.zeros(0), Goods.of([]))
    assert arrays["products"].size == arrays["spellings"].size == 0
    assert arrays["product-ends"].tolist() == [0]
