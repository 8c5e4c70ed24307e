"""Simulated sessions look like a real log, and their true intent shows in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

import aisle
from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.shop.sample.needs import Need
from aisle.shop.sample.phrasing import phrases
from aisle.shop.sample.settings import SIMULATED_NOTE, ShopperSettings
from aisle.shop.sample.shopper import SIMULATION_END, simulate_sessions

ACTIONS = {
    *("search", "impression", "click", "add_to_cart", "purchase", "typed", "suggestion_shown", "suggestion_tapped"),
}
FINGERPRINT = """
import hashlib
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.judgments import sample_judgments
from aisle.shop.sample.shopper import simulate_sessions
digest = hashlib.sha256()
products = sample_catalogue(products=1_200)
for record in (*products, *simulate_sessions(products, sessions=100, seed=1),
               *sample_judgments(products, queries=20, seed=1)):
    digest.update(repr(record).encode())
print(digest.hexdigest())
"""


def test_same_bytes_in_processes_with_different_hash_seeds() -> None:
    prints = set()
    for hash_seed in ("1", "2"):
        path = str(Path(aisle.__file__).parents[1])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        run = subprocess.run(
            [sys.executable, "-c", FINGERPRINT], env=environment, capture_output=True, text=True, check=True
        )
        prints.add(run.stdout)
    assert len(prints) == 1


def test_another_seed_gives_another_log(products: list[Product], log: list[Event]) -> None:
    other = list(islice(simulate_sessions(products, sessions=2_000, seed=4), 50))
    assert other != log[:50]


def test_as_many_sessions_as_asked_for_with_unlike_ids(log: list[Event]) -> None:
    ids = {event.session_id for event in log}
    assert len(ids) == 2_000
    assert all(re.fullmatch(r"s[0-9a-f]{16}", session_id) for session_id in ids)


def test_every_action_occurs(log: list[Event]) -> None:
    assert {event.action for event in log} == ACTIONS


def test_times_are_in_utc_within_the_days_and_run_forward_in_a_session(log: list[Event]) -> None:
    begin = SIMULATION_END - timedelta(days=90)
    last: dict[str, str] = {}
    for event in log:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.timestamp)
        assert begin <= datetime.fromisoformat(event.timestamp) < SIMULATION_END
        assert last.get(event.session_id, "") <= event.timestamp
        last[event.session_id] = event.timestamp


def test_events_name_real_products_of_the_store_and_known_searches(log: list[Event], products: list[Product]) -> None:
    by_id = {product.product_id: product for product in products}
    searched: dict[str, str] = {}
    for event in log:
        if event.action == "search":
            searched[event.query_id] = event.query
        if event.query_id:
            assert searched[event.query_id] == event.query
        if event.product_id:
            product = by_id[event.product_id]
            assert product.in_stock
            assert not product.stores or event.store in product.stores


def test_shown_suggestions_start_with_the_prefix_and_a_tap_was_shown_and_becomes_the_query(log: list[Event]) -> None:
    taps = 0
    for i, event in enumerate(log):
        if event.action == "suggestion_shown":
            assert event.query.startswith(event.prefix)
        if event.action == "suggestion_tapped":
            taps += 1
            shown = [e.query for e in log[max(0, i - 6) : i] if e.action == "suggestion_shown"]
            assert event.query in shown
            assert (log[i + 1].action, log[i + 1].query) == ("search", event.query)
    assert taps > 200


def test_clicks_show_position_bias(log: list[Event]) -> None:
    shown = Counter(event.position for event in log if event.action == "impression")
    clicked = Counter(event.position for event in log if event.action == "click")
    rates = [clicked[position] / shown[position] for position in range(1, 11)]
    assert rates[0] > 2 * rates[2] > 2 * rates[9] * 0.9
    assert rates[0] > 0.2


def test_most_carted_products_were_wanted_and_some_were_only_also_needed(
    log: list[Event], products: list[Product]
) -> None:
    seen: dict[str, set[str]] = {}
    for event in log:
        if event.action == "impression":
            seen.setdefault(event.query_id, set()).add(event.product_id)
    carted = [event for event in log if event.action == "add_to_cart"]
    elsewhere = [event for event in carted if event.product_id not in seen.get(event.query_id, set())]
    assert 0.03 < len(elsewhere) / len(carted) < 0.2


def test_popular_queries_are_searched_most_and_the_tail_is_long(log: list[Event]) -> None:
    counts = Counter(event.query for event in log if event.action == "search")
    total = sum(counts.values())
    top = [count for _, count in counts.most_common(10)]
    assert 0.005 < top[0] / total < 0.04
    assert sum(top) / total > 0.04
    assert sum(count == 1 for count in counts.values()) > 0.4 * len(counts)


def test_about_a_tenth_of_queries_are_mistyped_or_broken_off(log: list[Event], needs: list[Need]) -> None:
    clean = {text for need in needs for text, _ in phrases(need)}
    searches = [event.query for event in log if event.action == "search"]
    assert 0.06 < sum(query not in clean for query in searches) / len(searches) < 0.14


def test_seasonal_needs_come_in_their_months(products: list[Product]) -> None:
    def share(end: datetime) -> float:
        events = simulate_sessions(products, sessions=800, seed=1, end=end, days=20)
        queries = [event.query for event in events if event.action == "search"]
        return sum("soup" in query or "broth" in query for query in queries) / len(queries)

    assert share(datetime(2025, 1, 21, tzinfo=UTC)) > 1.5 * share(datetime(2025, 7, 21, tzinfo=UTC))


def test_a_bot_searches_much_and_buys_nothing(products: list[Product]) -> None:
    events = list(simulate_sessions(products, sessions=10, seed=1, settings=ShopperSettings(bot_share=1.0)))
    searches = Counter(event.session_id for event in events if event.action == "search")
    assert len(searches) == 10
    assert min(searches.values()) >= 20
    assert not any(event.action in {"purchase", "add_to_cart"} for event in events)


def test_events_are_streamed(products: list[Product]) -> None:
    endless = simulate_sessions(products, sessions=1_000_000_000, seed=1)
    assert len(list(islice(endless, 100))) == 100


def test_bad_arguments_are_refused(products: list[Product]) -> None:
    naive = datetime(2025, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        next(simulate_sessions(products, sessions=1, seed=1, end=naive))
    with pytest.raises(ValueError, match="days"):
        next(simulate_sessions(products, sessions=1, seed=1, days=0))


def test_no_sessions_no_events(products: list[Product]) -> None:
    assert list(simulate_sessions(products, sessions=0, seed=1)) == []


def test_the_note_says_simulated_in_one_sentence() -> None:
    assert SIMULATED_NOTE.lower().startswith("simulated")
    assert SIMULATED_NOTE.count(". ") == 0
