from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.shop.event import Event
from aisle.shop.ledger import Ledger
from aisle.shop.query_log import Moment, Outcome, QueryDay


def event(action: str, session: str, second: int, **more: object) -> Event:
    return Event(action=action, timestamp=f"2025-06-01T10:00:{second:02d}Z", session_id=session, **more)  # type: ignore[arg-type]


EVENTS = (
    event("typed", "a", 0, prefix="mi"),
    event("suggestion_shown", "a", 0, query="Milk", prefix="mi", position=2),
    event("suggestion_shown", "a", 0, query="mint", prefix="mi", position=1),
    event("typed", "a", 1, prefix="mil"),
    event("suggestion_shown", "a", 1, query="milk", prefix="mil", position=1),
    event("suggestion_tapped", "a", 2, query="milk", prefix="mil", position=1),
    event("search", "a", 2, query="milk", query_id="q1", store="north"),
    event("add_to_cart", "a", 9, query_id="q1", product_id="p1"),
    event("search", "b", 3, query="whole", store="north"),
    event("search", "b", 5, query="whole milk", store="north"),
    event("add_to_cart", "b", 8, query="whole milk", product_id="p1"),
    event("typed", "b", 9, prefix="never searched for"),
)


@pytest.fixture
def ledger(place: str | Path) -> Iterator[Ledger]:
    with Ledger.create(place) as made:
        made.add_events(EVENTS)
        yield made


def test_queries_by_day_and_store(ledger: Ledger) -> None:
    day = 20_240
    assert sorted(ledger.query_days(), key=lambda one: one.query) == [
        QueryDay("milk", "north", day, 1), QueryDay("whole", "north", day, 1), QueryDay("whole milk", "north", day, 1)
    ]  # fmt: skip


def test_what_was_bought_after_a_query_by_its_name_or_its_id(ledger: Ledger) -> None:
    assert sorted(ledger.outcomes(), key=lambda one: one.query) == [
        Outcome("milk", "p1", 1), Outcome("whole milk", "p1", 1)
    ]  # fmt: skip


def test_a_query_that_goes_on_within_the_pause_was_passed_over(ledger: Ledger) -> None:
    assert ledger.passed_over(pause_ms=4000) == {"whole": 1}
    assert ledger.passed_over(pause_ms=1000) == {}


def test_moments_join_what_was_typed_shown_and_tapped_with_what_was_searched_for(ledger: Ledger) -> None:
    first, second, third, fourth = ledger.moments(latest=1000)
    assert (first.prefix, first.shown, first.tapped, first.query) == ("mi", ("mint", "milk"), "", "milk")
    assert (second.prefix, second.shown, second.tapped, second.query) == ("mil", ("milk",), "milk", "milk")
    assert (third.prefix, third.query, third.previous) == ("", "whole", "")
    assert fourth == Moment("b", "", (), "", "whole milk", "whole", "north", fourth.at)


def test_only_the_latest_events_are_looked_at(ledger: Ledger) -> None:
    assert [moment.query for moment in ledger.moments(latest=4)] == ["whole", "whole milk"]
