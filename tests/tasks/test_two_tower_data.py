"""Reading pairs: what is trained on, what serves as a wrong answer, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.tasks.two_tower.data import Pairs, check_products, judged, number_pairs, read_pairs
from aisle.tasks.two_tower.settings import TwoTowerSettings
from tests.tasks.two_tower_shop import written

IDS = ("a", "b", "c", "d")


def numbered(path: Path, **settings: Any) -> Pairs:
    how = TwoTowerSettings(**settings)
    return number_pairs(read_pairs(path, how), IDS, how, by_people=judged(path))


def named(pairs: Pairs) -> list[tuple[str, str]]:
    return [(pairs.queries[query], IDS[product]) for query, product in pairs.pairs_P2.tolist()]


def test_judgments_become_right_pairs_good_pairs_and_wrong_answers(tmp_path: Path) -> None:
    path = written(
        tmp_path / "j.tsv",
        "query|product_id|relevance",
        "milk|a|3",
        "milk|b|2.33",
        "milk|c|1.67",
        "milk|d|2",
        "tea|a|1",
        "tea|b|2.5",
        "tea|zz|3",
    )
    pairs = numbered(path)
    assert named(pairs) == [("milk", "a"), ("milk", "b"), ("tea", "b")]
    assert pairs.high_P.tolist() == [True, False, False]
    assert {pairs.queries[query]: products.tolist() for query, products in pairs.wrong.items()} == {
        "milk": [2],
        "tea": [0],
    }
    assert pairs.known.tolist() == [0 * 4 + 0, 0 * 4 + 1, 1 * 4 + 1]
    assert pairs.counts == {
        "rows": 7,
        "unknown_products": 1,
        "repeated": 0,
        "below_least_weight": 3,
        "pairs": 3,
        "high_quality": 1,
        "wrong_answers": 2,
    }
    good = pairs.of_high_quality()
    assert named(good) == [("milk", "a")]
    assert good.known.tolist() == pairs.known.tolist()


def test_weights_of_a_log_have_no_wrong_answers_and_a_threshold_of_their_own(tmp_path: Path) -> None:
    path = written(tmp_path / "p.tsv", "query|product_id|weight", "milk|a|0.1", "milk|b|0.6", "tea|a|1", "tea|a|0.2")
    pairs = numbered(path)
    assert len(pairs) == 3
    assert not pairs.wrong
    assert pairs.counts["repeated"] == 1
    assert pairs.high_P.tolist() == [False, False, True]
    assert numbered(path, weight=0.5).high_P.tolist() == [False, True, True]
    assert named(numbered(path, least_weight=0.5)) == [("milk", "b"), ("tea", "a")]


def test_the_column_quality_says_which_pairs_are_good(tmp_path: Path) -> None:
    path = written(
        tmp_path / "p.tsv", "query|product_id|weight|quality", "milk|a|0.3|high", "milk|b|1|noisy", "tea|a|1|"
    )
    assert numbered(path).high_P.tolist() == [True, False, False]
    assert numbered(path, weight=0.9).high_P.tolist() == [False, True, True]


def test_pairs_that_nothing_grades_are_all_alike(tmp_path: Path) -> None:
    pairs = numbered(written(tmp_path / "p.tsv", "query|product_id", "milk|a", "tea|b"))
    assert len(pairs) == 2
    with pytest.raises(UserError, match="no pair is of high quality"):
        pairs.of_high_quality()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("query|sku", "milk|a"), "has no column 'product_id'"),
        (("query|product_id", "milk|a", " |b"), "line 3: column 'query' is empty"),
        (("query|product_id|weight", "milk|a|much"), "line 2: weight is 'much'"),
        (("query|product_id|relevance", "milk|a|nan"), "line 2: relevance is 'nan'"),
        (("query|product_id", "milk"), "line 2:"),
        (("query|product_id", "milk|x", "tea|y"), "2 unknown products"),
        (("query|product_id|relevance", "milk|a|1"), "no pair is left to train on (1 rows"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        numbered(written(tmp_path / "p.tsv", *lines))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"negatives": "hard"}, "negatives 'hard' is not one of vanilla, self-adversarial, hardness"),
        ({"template": "xml"}, "not one of auto, plain, labels, markers"),
        ({"alpha": -1.0}, "alpha is -1.0; it must not be negative"),
        ({"scale": 0.0}, "scale is 0.0; it must be greater than 0"),
        ({"typos": 1.5}, "shares from 0 to 1"),
        ({"query_tokens": 2}, "query_tokens is 2; it must be at least 4"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        TwoTowerSettings(**change)
    assert message in str(caught.value)


def test_a_pair_with_a_wrong_grade_elsewhere_is_not_its_own_wrong_answer(tmp_path: Path) -> None:
    path = written(tmp_path / "j.tsv", "query|product_id|relevance", "milk|a|1", "milk|a|3")
    pairs = numbered(path)
    assert named(pairs) == [("milk", "a")]
    assert not pairs.wrong
    np.testing.assert_array_equal(pairs.high_P, [True])


def test_pairs_of_one_product_alone_are_refused(tmp_path: Path) -> None:
    lines = ["query|product_id", "milk|a", "tea|a", "oat|a"]
    with pytest.raises(UserError, match="every pair is of the same product, a, so there is nothing to tell it from"):
        check_products(numbered(written(tmp_path / "one.tsv", *lines)), IDS)
    check_products(numbered(written(tmp_path / "two.tsv", *lines, "bread|b")), IDS)
