"""Which candidates say the same by meaning: every close pair is looked at, and the guard decides."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.suggest import twins
from aisle.suggest.candidates import Candidate
from aisle.suggest.needs import Guard
from aisle.suggest.support import Support
from aisle.suggest.twins import close_pairs, guard_of, semantic_twins, senses

from .world import PRODUCTS, product


def vectors(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_close_pairs_are_those_of_all_pairs_whatever_the_block(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    vectors_CD = vectors(count)
    expected = {
        (one, other): float(vectors_CD[one] @ vectors_CD[other])
        for one in range(count)
        for other in range(one + 1, count)
        if vectors_CD[one] @ vectors_CD[other] >= 0.5
    }
    monkeypatch.setattr(twins, "_BLOCK", 3)
    found = {(one, other): cosine for one, other, cosine in close_pairs(vectors_CD, 0.5)}
    assert found.keys() == expected.keys()
    for pair, cosine in found.items():
        assert cosine == pytest.approx(expected[pair], abs=1e-6)


def candidate(text: str) -> Candidate:
    return Candidate(text=text, popularity=1, source="events")


def test_a_text_leads_to_what_is_bought_after_it_else_to_what_has_its_words() -> None:
    carted = {"whole milk": {"1": 3, "7": 1, "6": 1}, "ham": {"7": 4}}
    whole, ham, nothing = senses(map(candidate, ("Whole Milk", "ham", "unicorn")), Support(PRODUCTS), carted)  # type: ignore[arg-type]
    assert whole.asked
    assert whole.products == pytest.approx({"1": 0.6, "7": 0.2, "6": 0.2})
    assert whole.categories == pytest.approx({"Milk": 0.6, "Cold Cuts": 0.2, "Chocolate": 0.2})
    # Four cart-adds are too few to say more than words.
    assert not ham.asked
    assert ham.products == {"7": 1.0}
    assert (nothing.products, nothing.categories, nothing.asked) == ({}, {}, False)


def test_the_guard_knows_a_shops_brands_and_attributes() -> None:
    guard = guard_of(
        [*PRODUCTS, product(20, "Half and Half", "Dairy", "Half & Half", brand="Half & Half")], frozenset()
    )
    assert {"fernwood", "oakley"} <= guard.brands
    assert "half" not in guard.brands  # called after what it makes
    assert {"organic", "1gal"} <= guard.telling
    assert "size" not in guard.telling  # "size: 1 gal"


def test_twins_are_twins_both_ways_and_words_in_another_order_are_left_to_their_words() -> None:
    texts = ("mayo", "mayonnaise", "milk chocolate", "chocolate milk", "size 1 diapers", "size 2 diapers")
    meant = senses([candidate(text) for text in texts], Support([]), {})
    close = np.ones((len(texts), 1), np.float32)
    assert semantic_twins(meant, close, Guard(), 0.8) == {"mayo": {"mayonnaise"}, "mayonnaise": {"mayo"}}
    assert semantic_twins(meant, np.eye(len(texts), dtype=np.float32), Guard(), 0.8) == {}


def test_where_everything_is_close_each_row_has_its_nearest_alone() -> None:
    vectors_CD = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32) * 0.05 + 1
    vectors_CD /= np.linalg.norm(vectors_CD, axis=1, keepdims=True)
    found: dict[int, set[int]] = {}
    for one, other, _ in close_pairs(vectors_CD, 0.5, nearest=3):
        found.setdefault(one, set()).add(other)
    cosines = vectors_CD @ vectors_CD.T
    for one in range(59):
        after = sorted(range(one + 1, 60), key=lambda other, one=one: -cosines[one, other])  # type: ignore[misc]
        assert found[one] == set(after[:3])
