"""Which queries of a log a ranker is learned from, and which it is measured on."""

from __future__ import annotations

import pytest

from aisle.mining.pair import Pair
from aisle.storefront.gate import held_out
from aisle.storefront.ranker_choice import ENOUGH_UNSEEN, lesson_and_test


def pairs(queries: int) -> list[Pair]:
    return [
        Pair(query=f"query {number}", product_id=f"p{number}", weight=1.0, quality="high", source="events")
        for number in range(queries)
    ]


def test_with_many_queries_only_those_count_that_no_encoder_was_trained_on() -> None:
    lesson, test = lesson_and_test(pairs(2000))
    assert len(lesson) >= ENOUGH_UNSEEN
    assert len(test) == pytest.approx(len(lesson), rel=0.4)
    assert not lesson.keys() & test.keys()
    assert {*lesson, *test} == {pair.query for pair in pairs(2000) if held_out(pair.query)}


def test_with_few_queries_the_trained_ones_teach_and_all_others_test() -> None:
    lesson, test = lesson_and_test(pairs(300))
    assert set(test) == {pair.query for pair in pairs(300) if held_out(pair.query)}
    assert set(lesson) == {pair.query for pair in pairs(300)} - set(test)
