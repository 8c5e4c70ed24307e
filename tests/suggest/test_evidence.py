from __future__ import annotations

import pytest

from aisle.shop.query_log import Outcome, QueryDay
from aisle.suggest.evidence import day_weight, weigh
from aisle.suggest.settings import MiningSettings

SETTINGS = MiningSettings()


def test_a_search_counts_half_after_a_half_life() -> None:
    flat = MiningSettings(trending_days=0)
    assert day_weight(0, flat) == 1
    assert day_weight(45, flat) == pytest.approx(0.5)


def test_what_is_new_counts_more() -> None:
    assert day_weight(1, SETTINGS) > 1.4 * day_weight(4, SETTINGS)


def test_the_same_season_of_last_year_counts_again() -> None:
    assert day_weight(365, SETTINGS) > 0.45
    assert day_weight(365, SETTINGS) > day_weight(180, SETTINGS)
    assert day_weight(365, SETTINGS) > 100 * day_weight(290, SETTINGS) - 1


def test_old_searches_weigh_less_than_new_ones_and_the_sum_stays_that_of_the_sessions() -> None:
    days = [QueryDay("old", "", 100, 10), QueryDay("new", "", 190, 10)]
    evidence = weigh(days, [], settings=SETTINGS)
    assert evidence.popularity["new"] > 2 * evidence.popularity["old"]
    assert sum(evidence.popularity.values()) == pytest.approx(20)


def test_spellings_of_one_query_are_added_up_and_stores_kept_apart() -> None:
    days = [QueryDay("7 up", "north", 9, 2), QueryDay("7up", "south", 9, 3)]
    evidence = weigh(
        days, [Outcome("7 up", "a", 1), Outcome("7up", "a", 2)], settings=SETTINGS, passed_over={"7 up": 1}
    )
    assert evidence.popularity == pytest.approx({"7up": 5})
    assert evidence.by_store == {"7up": pytest.approx({"north": 2, "south": 3})}
    assert evidence.carted == {"7up": {"a": 3}}
    assert evidence.passed_over == {"7up": 1}


def test_days_after_a_date_can_be_left_out() -> None:
    days = [QueryDay("milk", "", 5, 1), QueryDay("tea", "", 6, 1)]
    assert set(weigh(days, [], settings=SETTINGS, before_day=6).popularity) == {"milk"}
