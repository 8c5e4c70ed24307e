"""Years of simulated sales before the log."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.sales import simulate_past_sales, simulate_sales
from aisle.shop.sample.shopper import SIMULATION_END

PRODUCTS = sample_catalogue(products=300, seed=1)


def test_sales_are_purchases_of_products_that_the_store_carries() -> None:
    by_id = {product.product_id: product for product in PRODUCTS}
    events = list(simulate_past_sales(PRODUCTS, years=5, baskets=200, seed=1))
    assert {event.action for event in events} == {"purchase"}
    assert all(not by_id[e.product_id].stores or e.store in by_id[e.product_id].stores for e in events)
    assert len({event.session_id for event in events}) > 150


def test_they_fill_the_years_before_the_log_and_grow() -> None:
    events = list(simulate_past_sales(PRODUCTS, years=5, baskets=2000, seed=1))
    stamps = [event.timestamp for event in events]
    assert [stamp[:10] for stamp in stamps] == sorted(stamp[:10] for stamp in stamps)
    log = (SIMULATION_END - timedelta(days=90)).isoformat()
    assert stamps[-1] < log
    years = Counter(stamp[:4] for stamp in stamps)
    assert years["2021"] < years["2022"] < years["2024"]
    assert min(stamps) < "2021-01-15"


def test_the_same_seed_sells_the_same() -> None:
    first, again, other = (list(simulate_past_sales(PRODUCTS, years=2, baskets=30, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_no_years_are_no_sales_and_nonsense_is_refused() -> None:
    assert list(simulate_past_sales(PRODUCTS, years=0, baskets=10, seed=1)) == []
    with pytest.raises(ValueError, match="time zone"):
        list(simulate_sales(PRODUCTS, baskets=1, seed=1, end=datetime(2025, 1, 1), days=5))
    with pytest.raises(ValueError, match="days"):
        list(simulate_sales(PRODUCTS, baskets=1, seed=1, end=datetime(2025, 1, 1, tzinfo=UTC), days=0))
