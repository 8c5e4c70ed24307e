"""One score from two, and tiers that no score can bridge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.search.fusion import Tier, fuse, ranking, tiers, with_ranker
from aisle.search.inverted import build_inverted
from aisle.search.weights import HybridWeights
from tests.search.catalogue import PRODUCTS

WEIGHTS = HybridWeights(lexical=0.7)


def _floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_the_scores_are_weighed_and_the_tier_is_added() -> None:
    scores = fuse(np.array([0, 2], np.uint8), _floats(0.5, 0.0), _floats(0.2, -0.9), WEIGHTS)
    assert scores.tolist() == pytest.approx([0.41, 2.0])


def test_a_way_that_takes_no_part_leaves_the_other_whole() -> None:
    none = np.zeros(1, np.uint8)
    assert fuse(none, _floats(0.5), None, WEIGHTS).tolist() == [0.5]
    assert fuse(none, None, _floats(0.25), WEIGHTS).tolist() == [0.25]


scores = st.floats(-1, 1)


@given(st.lists(st.tuples(st.integers(0, 4), scores, scores), min_size=2, max_size=8))
def test_a_higher_tier_is_never_beaten(rows: list[tuple[int, float, float]]) -> None:
    tier, lexical, cosine = (np.array(column) for column in zip(*rows, strict=True))
    fused = fuse(tier.astype(np.uint8), lexical.astype(np.float32), cosine.astype(np.float32), WEIGHTS)
    order = ranking(fused, np.arange(len(rows)))
    assert (np.diff(tier[order]) <= 0).all()


def test_equal_scores_keep_the_order_of_the_catalogue() -> None:
    assert ranking(np.array([0.5, 0.9, 0.5]), np.array([7, 8, 3])).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("query", "product_id", "tier"),
    [
        ("gr 5", "GR-5", Tier.NUMBER),
        ("sku FW-2001", "FW-2001", Tier.NUMBER),
        ("milk gr-5 please now", "GR-5", Tier.NONE),
        ("GOLDEN RIDGE", "GR-5", Tier.BRAND),
        ("oatmeal cookie", "CK-1", Tier.TITLE),
        ("oatmeal", "CK-1", Tier.NONE),
    ],
)
def test_tiers(query: str, product_id: str, tier: Tier) -> None:
    found = tiers(query, build_inverted(PRODUCTS), None)
    number = [product.product_id for product in PRODUCTS].index(product_id)
    assert found[number] == tier


def test_a_rankers_answers_stay_apart_however_far_they_are() -> None:
    answers_C = np.array([-40.0, -12.0, -0.01, 0.0, 0.01, 12.0, 12.01, 40.0, 150.0], np.float32)
    scores_C = with_ranker(np.zeros(len(answers_C), np.uint8), answers_C)
    assert (np.diff(scores_C) > 0).all()
    assert scores_C.min() > 0
    assert scores_C.max() < 1
    assert scores_C[3] == 0.5
