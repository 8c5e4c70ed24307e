"""What the ranker sees, and that filters and pages do not change it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aisle.ranking.features import NAMES
from aisle.ranking.model import Ranker
from aisle.search.index import SearchIndex
from aisle.search.request import SearchRequest
from tests.search.catalogue import vector


def features(index: SearchIndex, query: str) -> dict[str, dict[str, float]]:
    """By product id, the features by name."""
    examined = index.examine(query, vector(query))
    assert examined is not None
    ids = {number: product_id for product_id, number in index.numbers(["FW-2001", "FW-2002", "GR-6", "OK-17"]).items()}
    return {
        ids[number]: dict(zip(NAMES, row.tolist(), strict=True))
        for number, row in zip(examined.found.numbers_C.tolist(), examined.features_CF, strict=True)
        if number in ids
    }


def test_words_brand_and_numbers_are_told_apart(index: SearchIndex) -> None:
    found = features(index, "fernwood whole milk 1 gal")
    whole, reduced = found["FW-2001"], found["FW-2002"]
    assert (whole["words_held"], whole["words_exact"], whole["head_held"], whole["brand_named"]) == (1, 1, 1, 1)
    assert reduced["words_held"] == pytest.approx(0.75)
    assert (whole["numbers_missed"], reduced["numbers_missed"]) == (0, 0)
    assert found["GR-6"]["numbers_missed"] == 1
    assert found["OK-17"]["brand_named"] == 0
    assert whole["lexical_behind"] == 0 < reduced["lexical_behind"]
    assert whole["query_words"] == 4


def test_an_empty_query_has_nothing_to_rank(index: SearchIndex) -> None:
    assert index.examine("  ", vector("x")) is None


def ranker() -> Ranker:
    """A ranker of random trees over all features."""
    draw = np.random.default_rng(1)
    return Ranker(
        slope=0.0,
        middle=0.0,
        features_TL=draw.integers(0, len(NAMES), (40, 3)).astype(np.int32),
        thresholds_TL=draw.random((40, 3)).astype(np.float32),
        leaves_TP=draw.normal(size=(40, 8)).astype(np.float32) * 0.1,
        means_TN=np.zeros((40, 7), np.float32),
        encoder="",
        about={},
    )


def scores(index: SearchIndex, query: str, **rest: Any) -> dict[str, float]:
    request = SearchRequest(query=query, **({"k": 100} | rest))
    return {hit.product_id: hit.score for hit in index.search(request, vector(query)).hits}


@pytest.mark.parametrize("query", ["cereal 12 oz", "golden milk", "chedar", "something crunchy"])
def test_a_ranked_score_depends_on_no_filter_store_or_page(index: SearchIndex, query: str) -> None:
    ranked = index.with_ranker(ranker())
    whole = scores(ranked, query)
    for rest in ({"filter": "price < 4"}, {"store": "south"}, {"k": 2}, {"k": 3, "offset": 2}):
        fresh = index.with_ranker(ranker())  # nothing remembered of the whole search
        part = scores(fresh, query, **rest)
        assert part
        assert all(whole[product_id] == score for product_id, score in part.items())


def test_a_ranker_orders_hybrid_searches_alone(index: SearchIndex) -> None:
    ranked = index.with_ranker(ranker())
    assert scores(ranked, "milk") != scores(index, "milk")
    for mode in ("lexical", "semantic"):
        assert scores(ranked, "milk", mode=mode) == scores(index, "milk", mode=mode)


@pytest.mark.parametrize(
    ("query", "first"),
    [("FW-2002", "FW-2002"), ("oakley dairy", "OK-17"), ("cereal 12 oz", "GR-6"), ("tile 12x24", "HW-9")],
)
def test_the_literal_match_is_first_under_any_ranker(index: SearchIndex, query: str, first: str) -> None:
    assert next(iter(scores(index.with_ranker(ranker()), query))) == first


def test_an_explanation_adds_up_to_the_score(index: SearchIndex) -> None:
    request = SearchRequest(query="golden ridge cereal", k=5, explain=True)
    for hit in index.with_ranker(ranker()).search(request, vector("golden ridge cereal")).hits:
        assert hit.explanation is not None
        answer = hit.explanation["ranker"]
        added = answer["start"] + sum(one["moved"] for one in answer["features"])
        assert added == pytest.approx(answer["answer"], abs=1e-4)
        within = (1 + answer["answer"] / (1 + abs(answer["answer"]))) / 2
        assert hit.score == pytest.approx(hit.explanation["tier"]["level"] + within, abs=1e-4)
        assert "weights" not in hit.explanation
        assert "ranked most by" in hit.explanation["why"]
