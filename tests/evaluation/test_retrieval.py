from __future__ import annotations

import math
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.evaluation.retrieval import evaluate_retrieval, mrr_at, ndcg_at, read_judgments, recall_at


def test_recall_is_the_share_of_the_wanted_that_was_found() -> None:
    assert recall_at(["a", "x", "b"], {"a", "b", "c", "d"}) == 0.5
    assert recall_at(["x"] * 20 + ["a"], {"a"}) == 0.0


def test_mrr_looks_at_the_first_wanted_only() -> None:
    assert mrr_at(["x", "a", "b"], {"a", "b"}) == 0.5
    assert mrr_at(["x"] * 10 + ["a"], {"a"}) == 0.0


def test_ndcg_worked_by_hand() -> None:
    judged = {"a": 3.0, "b": 2.0, "c": 1.0}
    got = 2 + 3 / math.log2(3)
    best = 3 + 2 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(["b", "a", "x"], judged) == pytest.approx(got / best)
    assert ndcg_at(["a", "b", "c"], judged) == 1.0
    assert ndcg_at(["a"], {"a": 0.0}) == 0.0


def test_means_leave_out_queries_without_anything_relevant_and_count_them() -> None:
    judgments = {"milk": {"a": 3.0, "b": 1.0}, "bread": {"c": 3.0}, "sand": {"d": 1.0}}
    ranked = {"milk": ["a"], "bread": ["x", "c"]}
    result = evaluate_retrieval(lambda query: ranked[query], judgments, relevant=2.5)
    assert (result.queries, result.without_relevant) == (2, 1)
    assert result.recall == 1.0
    assert result.mrr == 0.75
    assert result.as_dict()["recall@20"] == 1.0


def test_judgments_are_read_and_the_higher_of_two_counts(tmp_path: Path) -> None:
    path = tmp_path / "judgments.tsv"
    path.write_text("query\tproduct_id\trelevance\nmilk\t1\t2\nmilk\t1\t3\nmilk\t2\t1.5\n")
    assert read_judgments(path) == {"milk": {"1": 3.0, "2": 1.5}}


def test_a_relevance_that_is_no_number_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "judgments.tsv"
    path.write_text("query\tproduct_id\trelevance\nmilk\t1\tgood\n")
    with pytest.raises(UserError, match="line 2: relevance is 'good'"):
        read_judgments(path)


def test_nothing_relevant_at_all_is_said() -> None:
    with pytest.raises(UserError, match="lower --relevant"):
        evaluate_retrieval(lambda query: [], {"milk": {"a": 1.0}}, relevant=2.5)
