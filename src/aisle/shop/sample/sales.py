"""Years of simulated sales: what the sample shop's till would have kept from before its search log begins.

Only purchases, without searches and clicks: shops keep what was sold, and not every keystroke. Needs come and go with
their seasons as in the simulated sessions; the shop grows from year to year, and its departments do not grow alike, so
that questions about years and quarters have answers worth asking for.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import store_table
from aisle.shop.sample.chance import unit
from aisle.shop.sample.needs import Need, sample_needs, true_relevance, weights_by_month
from aisle.shop.sample.shopper import HOURS, SIMULATION_END, WEEKDAYS

GROWTH = 1.12
"""Visits of a year beside those of the year before."""
_SPREAD = 0.25
"""How far a department's share may drift in a year, up or down."""
_PER_VISIT = 3.2
"""Mean number of products in a basket."""


def simulate_sales(
    products: Sequence[Product], *, baskets: int, seed: int, end: datetime, days: int
) -> Iterator[Event]:
    """The purchases of so many baskets in the days before `end`, in the order of time; `end` must carry a time zone."""
    if end.tzinfo is None:
        raise ValueError("end must carry a time zone")
    if days < 1 or baskets < 0:
        raise ValueError("days must be at least 1 and baskets at least 0")
    till = _Till(products, end - timedelta(days=days), days)
    draw = Random(f"{seed}/sales")
    places = sorted(till.day_of(draw.random()) for _ in range(baskets))
    for number, day in enumerate(places):
        yield from till.basket(Random(f"{seed}/basket/{number}"), day)


def simulate_past_sales(
    products: Sequence[Product], *, years: int, baskets: int, seed: int, days: int = 90
) -> Iterator[Event]:
    """The sales of so many years before the sample shop's log of `days` days; none where the log is as long."""
    before = math.ceil(years * 365.25) - days
    if before < 1:
        return iter(())
    return simulate_sales(products, baskets=baskets, seed=seed, end=SIMULATION_END - timedelta(days=days), days=before)


class _Till:
    def __init__(self, products: Sequence[Product], begin: datetime, days: int) -> None:
        self.begin = begin
        self.days = [begin + timedelta(days=day) for day in range(days)]
        self.cumulative = list(
            accumulate(WEEKDAYS[day.weekday()] * GROWTH ** (number / 365.25) for number, day in enumerate(self.days))
        )
        stores = store_table()
        self.stores = list(stores)
        self.store_shares = list(accumulate(row["share"] for row in stores.values()))
        self.hours = list(accumulate(HOURS))
        self.needs = sample_needs(products)
        self.months = weights_by_month(self.needs)
        self.products = products
        self._by_kind: dict[str, list[Product]] = {}
        for product in products:
            self._by_kind.setdefault(product.category[-1] if product.category else "", []).append(product)
        self._suiting: dict[tuple[str, str], list[Product]] = {}
        self._wanted: dict[tuple[int, int], list[float]] = {}

    def day_of(self, even: float) -> int:
        """The number of a day, from an even number in [0, 1): more visits at weekends and from year to year."""
        return min(bisect(self.cumulative, even * self.cumulative[-1]), len(self.days) - 1)

    def basket(self, draw: Random, day: int) -> Iterator[Event]:
        """What one visit bought."""
        hour = min(bisect(self.hours, draw.random() * self.hours[-1]), 23)
        moment = self.days[day].replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
            hours=hour, seconds=int(draw.random() * 3600)
        )
        store = self.stores[bisect(self.store_shares, draw.random() * self.store_shares[-1])]
        session = f"t{draw.getrandbits(64):016x}"
        for _ in range(1 + int(-math.log(1 - draw.random()) * (_PER_VISIT - 1))):
            product = self._bought(draw, moment, store)
            if product is not None:
                yield Event(
                    action="purchase",
                    timestamp=moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    session_id=session,
                    product_id=product.product_id,
                    store=store,
                )

    def _bought(self, draw: Random, moment: datetime, store: str) -> Product | None:
        wanted = self._wanted.get((moment.year, moment.month))
        if wanted is None:
            wanted = list(accumulate(self._weights(moment)))
            self._wanted[moment.year, moment.month] = wanted
        need = self.needs[min(bisect(wanted, draw.random() * wanted[-1]), len(wanted) - 1)]
        suiting = self._suit(need, store)
        # The first few of a kind lead it.
        return suiting[int(len(suiting) * draw.random() ** 2)] if suiting else None

    def _weights(self, moment: datetime) -> Iterator[float]:
        years = (moment - self.begin).days / 365.25
        for need, weight in zip(self.needs, self.months[moment.month], strict=True):
            trend = 2 * unit(f"trend {self._department(need)}") - 1
            yield weight * (1 + _SPREAD * trend) ** years

    def _department(self, need: Need) -> str:
        for kind in need.kinds:
            if self._by_kind.get(kind):
                return self._by_kind[kind][0].category[0]
        return need.brand

    def _suit(self, need: Need, store: str) -> list[Product]:
        """Products of the store that are what was needed, those with the most pull first."""
        key = (need.name, store)
        if key not in self._suiting:
            pool = [p for kind in need.kinds for p in self._by_kind.get(kind, ())] if need.kinds else self.products
            fits = [p for p in pool if (not p.stores or store in p.stores) and true_relevance(need, p) == 1.0]
            self._suiting[key] = sorted(
                fits, key=lambda product: (-unit(f"pull {product.product_id}"), product.product_id)
            )
        return self._suiting[key]
