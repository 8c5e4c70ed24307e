from __future__ import annotations

from pathlib import Path

import pytest

from aisle.shop.product import Product
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import Lists

PRODUCTS = [
    Product(product_id="1", title="Gluten Free Bread", stores=("north",)),
    Product(product_id="2", title="Gluten Free Pasta", stores=("south",)),
    Product(product_id="3", title="Gluten Free Bread Mix", attributes=("size: 2 lb",)),
    Product(product_id="4", title="Rye Bread", in_stock=False),
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index")
    build_suggestions(path, [Candidate(text="cheese", popularity=9, source="events")], products=PRODUCTS)
    return path


@pytest.fixture(scope="module")
def index(directory: Path) -> SuggestIndex:
    return SuggestIndex.open(directory)


def made(index: SuggestIndex, prefix: str, **more: str) -> list[str]:
    return [one.text for one in index.suggest(prefix, **more) if one.match == "generated"]


def test_the_word_being_typed_is_completed_by_products_that_have_the_others(index: SuggestIndex) -> None:
    assert made(index, "gluten free b") == []  # one letter says too little
    assert made(index, "gluten free br") == ["gluten free bread"]
    assert made(index, "free gluten pa") == ["free gluten pasta"]
    assert made(index, "cheese br") == []


def test_a_completion_has_results_in_stock(index: SuggestIndex) -> None:
    assert made(index, "rye") == []
    assert made(index, "rye br") == []


def test_a_completion_is_one_that_the_store_can_serve(index: SuggestIndex) -> None:
    assert made(index, "gluten free pa", store="north") == []
    assert made(index, "gluten free pa", store="south") == ["gluten free pasta"]
    assert made(index, "gluten free br", store="nowhere") == ["gluten free bread"]


def test_words_of_products_are_known_and_never_corrected(index: SuggestIndex) -> None:
    assert [(one.text, one.match) for one in index.suggest("pasta")] == [("pasta", "generated")]
    assert index.suggest("rye") == []


def test_a_misspelt_word_of_a_product_is_found_though_nobody_searched_for_it(index: SuggestIndex) -> None:
    assert [(one.text, one.match) for one in index.suggest("pasat")] == [("pasta", "fuzzy")]


def test_the_part_that_was_typed_is_marked(index: SuggestIndex) -> None:
    (found,) = index.suggest("gluten free pa")
    assert found.text[found.start : found.end] == "gluten free pa"


def test_it_is_said_why(index: SuggestIndex) -> None:
    (found,) = index.suggest("gluten free br", explain=True)
    assert found.why is not None
    assert found.why["products"] == 2


def test_what_is_never_wanted_is_not_made_up(directory: Path) -> None:
    index = SuggestIndex.open(directory, lists=Lists(never=("pasta",)))
    assert index.suggest("gluten free pa") == []
    assert index.suggest("pasat") == []
