"""What is too far from the query is not shown; that depends on the query, the catalogue and the product alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.errors import DamagedError
from aisle.search.build import build_search
from aisle.search.cutoff import FEWEST, LOST, REACHED, Cutoff, calibrated
from aisle.search.index import SearchIndex
from aisle.search.request import SearchRequest
from aisle.shop.product import Product

# Meaning is a direction in the plane: milk at 0 degrees, cheese at 25, bread at 60, paint at 180.
ANGLES = {"Whole Milk": 0, "Oat Drink": 10, "Cheddar": 25, "Gouda": 28, "Rye Bread": 60, "Wall Paint": 180}
CATEGORIES = {"Whole Milk": ("Dairy", "Milk"), "Oat Drink": ("Dairy", "Milk"), "Cheddar": ("Dairy", "Cheese")}


def direction(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    path = tmp_path_factory.mktemp("cutoff")
    products = [
        Product(product_id=title, title=title, category=CATEGORIES.get(title, ("Other", title)), price=float(at + 1))
        for at, title in enumerate(ANGLES)
    ]
    build_search(path, products, np.array([direction(degrees) for degrees in ANGLES.values()]))
    return SearchIndex.open(path)


def found(index: SearchIndex, query: str, degrees: float, cosine: float | None, **rest: str) -> list[str]:
    cutoff = None if cosine is None else Cutoff(cosine=cosine, encoder="", wanted=100)
    request = SearchRequest(query=query, k=100, **rest)  # type: ignore[arg-type]
    return [hit.product_id for hit in index.with_cutoff(cutoff).search(request, direction(degrees)).hits]


def test_without_a_cutoff_meaning_finds_everything(index: SearchIndex) -> None:
    assert len(found(index, "zzz", 5, None)) == len(ANGLES)


def test_only_what_is_near_enough_is_found_by_meaning(index: SearchIndex) -> None:
    assert found(index, "zzz", 5, 0.98, mode="semantic") == ["Whole Milk", "Oat Drink"]


def test_what_holds_the_words_is_found_however_far(index: SearchIndex) -> None:
    assert "Wall Paint" in found(index, "paint", 5, 0.98)
    assert "Wall Paint" in found(index, "wall paint", 5, 0.9999)


def test_a_product_of_a_category_that_no_first_hit_has_must_hold_a_word(index: SearchIndex) -> None:
    # All six products are among the first ten hits here, so the category says nothing; the cosine alone decides.
    assert found(index, "milk", 0, 0.8) == ["Whole Milk", "Oat Drink", "Cheddar", "Gouda"]


def test_nothing_is_a_possible_answer_and_says_so(index: SearchIndex) -> None:
    cutoff = Cutoff(cosine=0.5, encoder="", wanted=100)
    result = index.with_cutoff(cutoff).search(SearchRequest(query="xyzzy", k=5), direction(270))
    assert (result.hits, result.total) == ((), 0)
    assert any(note.startswith("nothing is a good match") for note in result.notes)


def test_a_filter_does_not_change_what_is_near_enough(index: SearchIndex) -> None:
    everything = found(index, "milk", 0, 0.8)
    filtered = found(index, "milk", 0, 0.8, filter="price >= 2")
    assert filtered == [title for title in everything if title != "Whole Milk"]


def test_the_cutoff_takes_away_no_more_than_it_may(tmp_path: Path) -> None:
    cosines = np.linspace(0, 1, 2001, dtype=np.float32)
    wordless = np.zeros(2001, np.float32)
    cutoff = calibrated(cosines, wordless, "abc")
    assert cutoff is not None
    assert 0.9 * LOST < float((cosines < cutoff.cosine).mean()) <= LOST
    cutoff.save(tmp_path)
    assert Cutoff.open(tmp_path) == cutoff


def test_where_words_find_what_is_wanted_the_cutoff_is_what_most_of_it_reaches() -> None:
    cosines = np.linspace(0, 1, 2001, dtype=np.float32)
    cutoff = calibrated(cosines, np.ones(2001, np.float32), "")
    assert cutoff is not None
    assert float((cosines >= cutoff.cosine).mean()) == pytest.approx(REACHED, abs=0.002)


def test_too_few_wanted_products_calibrate_nothing() -> None:
    assert calibrated(np.ones(FEWEST - 1, np.float32), np.ones(FEWEST - 1, np.float32), "") is None


def test_a_broken_file_is_refused_and_a_missing_one_is_none(tmp_path: Path) -> None:
    assert Cutoff.open(tmp_path) is None
    (tmp_path / "cutoff.json").write_text('{"cosine": "far"}')
    with pytest.raises(DamagedError):
        Cutoff.open(tmp_path)
