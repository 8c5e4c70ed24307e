"""How sure a query is: what it leaves out counts, and the confidence tells how often such queries are right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.sql.links import lay_out
from aisle.sql.reading import read_sql
from aisle.sql.schema import words_key
from aisle.sql.writing import symbols_of
from aisle.tasks.ask.confidence import Confidence, chosen_threshold, features, fitted_confidence
from aisle.tasks.ask.coverage import Coverage, coverage_of, learned_words
from tests.sql.bookshop import TODAY, schema

KNOWN = frozenset(words_key("how many books under loans at the in show by"))


def left_out(question: str, sql: str) -> Coverage:
    sheet = lay_out(question, schema(), today=TODAY)
    return coverage_of(sheet, symbols_of(read_sql(sql, schema()), sheet), KNOWN)


def test_what_a_query_stands_for_is_covered() -> None:
    assert left_out(
        "how many crime books under 9", "SELECT COUNT(*) FROM book WHERE genre = 'Crime' AND price < 9"
    ) == (Coverage())
    assert left_out("books with ring", "SELECT title FROM book WHERE title LIKE '%ring%'").strange == ("with",)


def test_words_values_and_columns_that_a_query_leaves_out_are_told_apart() -> None:
    found = left_out("how many annual crime books under 9 by genre", "SELECT COUNT(*) FROM book WHERE price < 9")
    assert found.strange == ("annual",)
    assert found.unused == ("crime",)
    assert found.columns == ("genre",)
    assert found.words == ("annual", "crime", "genre")


def test_words_that_values_stand_for_are_not_learned() -> None:
    pairs = []
    for question in ("how many crime books", "how many crime loans"):
        sheet = lay_out(question, schema(), today=TODAY)
        pairs.append((sheet, symbols_of(read_sql("SELECT COUNT(*) FROM book WHERE genre = 'Crime'", schema()), sheet)))
    assert learned_words(pairs) == set(words_key("how many"))
    assert learned_words(pairs, least=1) == set(words_key("how many books loans"))


@given(st.floats(1e-6, 1 - 1e-5))
def test_without_dev_data_the_confidence_is_the_probability(probability: float) -> None:
    assert Confidence().of(features(probability, probability, Coverage())) == pytest.approx(probability, rel=1e-6)


def test_a_fitted_confidence_tells_how_often_such_queries_are_right() -> None:
    random = np.random.default_rng(0)
    rows, right = [], []
    for _ in range(3000):
        p = random.uniform(0.2, 0.999)
        strange = int(random.integers(0, 3))
        rows.append(features(p, p**0.5, Coverage(strange=("a",) * strange)))
        right.append(random.random() < 1 / (1 + np.exp(-(0.5 * np.log(p / (1 - p)) + 1 - 1.5 * strange))))
    features_NF, right_N = np.array(rows), np.array(right)
    found = fitted_confidence(features_NF, right_N)
    assert found.strange == pytest.approx(-1.5, abs=0.25)
    confidence_N = np.array([found.of(features_F) for features_F in features_NF])
    for low in (0.2, 0.5, 0.8):
        near_N = (confidence_N >= low) & (confidence_N < low + 0.2)
        assert right_N[near_N].mean() == pytest.approx(confidence_N[near_N].mean(), abs=0.06)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
def test_what_is_left_out_never_raises_a_confidence(rows: list[tuple[float, int, bool]]) -> None:
    features_NF = np.array([features(p, p, Coverage(strange=("a",) * n, unused=("b",) * n)) for p, n, _ in rows])
    found = fitted_confidence(features_NF, np.array([right for *_, right in rows]))
    assert max(found.strange, found.unused, found.columns) <= 0
    assert min(found.probability, found.weakest) >= 0


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    confidence_N = np.array([0.9, 0.8, 0.8, 0.7, 0.6, 0.5])
    right_N = np.array([True, True, True, True, False, False])
    assert chosen_threshold(confidence_N, right_N, 1.0) == 0.7
    assert chosen_threshold(confidence_N, right_N, 0.8) == 0.6
    assert chosen_threshold(confidence_N, right_N, 0.0) == 0.5
    assert chosen_threshold(confidence_N, ~np.ones(6, bool), 0.5) == 0.5
