"""Judgments agree with the true needs behind the queries."""

from __future__ import annotations

import pytest

from aisle.shop.product import Product
from aisle.shop.sample.judgments import Judgment, query_meanings, sample_judgments
from aisle.shop.sample.needs import Need, true_relevance


@pytest.fixture(scope="module")
def judgments(products: list[Product]) -> list[Judgment]:
    return list(sample_judgments(products, queries=120, seed=5))


def test_as_many_queries_as_asked_for(judgments: list[Judgment]) -> None:
    assert len({judgment.query for judgment in judgments}) == 120


def test_each_pair_is_judged_once(judgments: list[Judgment]) -> None:
    pairs = [(judgment.query, judgment.product_id) for judgment in judgments]
    assert len(pairs) == len(set(pairs))


def test_every_query_has_an_exact_and_an_irrelevant_product(judgments: list[Judgment]) -> None:
    for query in {judgment.query for judgment in judgments}:
        levels = {judgment.relevance for judgment in judgments if judgment.query == query}
        assert {0.0, 1.0} <= levels <= {0.0, 0.5, 1.0}, query


def test_relevance_is_the_true_relevance_and_nothing_relevant_is_missing(
    judgments: list[Judgment], products: list[Product], needs: list[Need]
) -> None:
    meanings = query_meanings(needs)
    by_name = {need.name: need for need in needs}
    clean = sorted({judgment.query for judgment in judgments} & set(meanings))
    assert len(clean) >= 80
    for query in clean[:40]:
        judged = {j.product_id: j.relevance for j in judgments if j.query == query}
        total = sum(meanings[query].values())
        meant = [by_name[name] for name, weight in meanings[query].items() if weight >= 0.1 * total]
        for product in products:
            truth = max(true_relevance(need, product) for need in meant)
            assert judged.get(product.product_id, 0.0) == truth


def test_same_seed_same_judgments(judgments: list[Judgment], products: list[Product]) -> None:
    assert list(sample_judgments(products, queries=120, seed=5)) == judgments
    assert list(sample_judgments(products, queries=120, seed=6)) != judgments


def test_more_queries_than_there_are_is_refused(products: list[Product]) -> None:
    with pytest.raises(ValueError, match="different queries"):
        next(iter(sample_judgments(products, queries=10_000_000, seed=1)))
