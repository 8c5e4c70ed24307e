from __future__ import annotations

from aisle.shop.product import Product
from aisle.suggest.phrases import catalogue_phrases
from aisle.suggest.settings import MiningSettings
from aisle.suggest.vocabulary import StoreSets


def milk(number: int, **changes: object) -> Product:
    fields = {
        "product_id": str(number),
        "title": "Milk, 1 gal",
        "brand": "Fernwood",
        "category": ("Dairy & Eggs", "Milk"),
        "attributes": ("organic", "size: 1 gal", "diet: kosher"),
    }
    return Product(**(fields | changes))  # type: ignore[arg-type]


def found(products: list[Product], **settings: int) -> dict[str, int]:
    phrases = catalogue_phrases(products, StoreSets(products), MiningSettings(**settings))
    return {phrase.text: phrase.products for phrase in phrases.values()}


def test_leaves_and_brands_alone_and_combinations_that_enough_products_share() -> None:
    assert found([milk(1), milk(2), milk(3, brand="Oakdale", attributes=())], min_products=2) == {
        "milk": 3,
        "fernwood": 2,
        "oakdale": 1,
        "fernwood milk": 2,
        "organic milk": 2,
        "kosher milk": 2,
    }


def test_the_ends_of_titles_are_phrases_up_to_the_first_detail() -> None:
    titles = ["Robust Golden Oolong Tea", "Oolong Tea - loose (tin)", "Jasmine Oolong Tea, 4 oz", "Tea with Milk and"]
    products = [Product(product_id=title, title=title) for title in titles]
    assert found(products, min_products=2) == {"tea": 3, "oolong tea": 3}


def test_phrases_neither_begin_nor_end_with_a_loose_word() -> None:
    products = [Product(product_id=str(number), title="Jar with Lid for") for number in range(3)]
    assert found(products, min_products=1) == {"lid": 3, "jar with lid": 3}


def test_punctuation_around_words_is_no_part_of_a_phrase() -> None:
    products = [Product(product_id=str(number), title="Dark “Chocolate”- & Co.") for number in range(3)]
    assert found(products, min_products=3) == {"dark chocolate & co": 3}


def test_a_piece_of_a_longer_phrase_is_none() -> None:
    titles = ["Mint Chip Ice Cream"] * 6 + ["Vanilla Ice Cream"] * 6 + ["Sour Cream"] * 8
    products = [Product(product_id=str(number), title=title) for number, title in enumerate(titles)]
    phrases = found(products, min_products=2)
    assert {"mint chip ice cream", "vanilla ice cream", "ice cream", "sour cream", "cream"} <= set(phrases)
    assert "chip ice cream" not in phrases


def test_words_that_belong_together_are_not_torn_apart() -> None:
    titles = ["Peaches & Cream Oatmeal", "Low Sodium Soup", "Sugar Free Fudge", "Free Range"]
    products = [Product(product_id=f"{title} {number}", title=title) for title in titles for number in range(3)]
    assert sorted(found(products)) == [
        "free range", "fudge", "low sodium soup", "oatmeal", "peaches & cream oatmeal", "range", "soup",
        "sugar free fudge",
    ]  # fmt: skip


def test_no_word_is_said_twice() -> None:
    products = [milk(number, brand="Milk Co.", attributes=("whole milk",)) for number in range(3)]
    assert "whole milk milk" not in found(products)
    assert "milk co. milk" not in found(products)


def test_a_product_counts_once_for_a_phrase_however_often_it_says_it() -> None:
    products = [milk(number, title="Milk", brand="Milk", attributes=()) for number in range(3)]
    assert found(products) == {"milk": 3}


def test_phrases_know_the_stores_of_their_products() -> None:
    products = [milk(1, stores=("north",)), milk(2, stores=("south",)), milk(3, brand="Oakdale", stores=("north",))]
    sets = StoreSets(products)
    phrases = catalogue_phrases(products, sets, MiningSettings())
    assert sets.names(phrases["milk"].stores) == ()
    assert sets.names(phrases["oakdale"].stores) == ("north",)


def test_a_catalogue_without_text_gives_nothing() -> None:
    assert found([]) == {}
    assert found([Product(product_id="1", title="!!!")]) == {}
