"""Simulated shoppers: sessions of typing, searching, clicking, carting and buying whose true intent is known."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import store_table
from aisle.shop.sample.needs import Need, sample_needs, weights_by_month
from aisle.shop.sample.phrasing import phrases
from aisle.shop.sample.settings import ShopperSettings
from aisle.shop.sample.shelf import Shelf
from aisle.shop.sample.typeahead import Typeahead
from aisle.shop.sample.visit import Visit
from aisle.shop.sample.vocabulary import read_data

SIMULATION_END = datetime(2025, 12, 15, tzinfo=UTC)
"""Where the sample shop's log ends unless told otherwise; fixed, so that the log is the same on any day."""

# Sessions that start in each hour of a day (UTC), and on each day of a week from Monday, beside the others.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 10, 9, 9, 10, 12, 14, 14, 12, 9, 7, 5, 3)
WEEKDAYS = (1.0, 0.95, 0.95, 1.0, 1.15, 1.3, 1.35)
GOES_TOGETHER = 0.3


def simulate_sessions(
    products: Sequence[Product],
    *,
    sessions: int,
    seed: int,
    end: datetime = SIMULATION_END,
    days: int = 90,
    settings: ShopperSettings | None = None,
) -> Iterator[Event]:
    """The events of so many sessions in the days before `end`, session after session in the order of their starts.

    No event is later than `end`, which must carry a time zone. Nothing is kept but the session
    at hand, so any number can be streamed.
    """
    if end.tzinfo is None:
        raise ValueError("end must carry a time zone")
    if days < 1 or sessions < 0:
        raise ValueError("days must be at least 1 and sessions at least 0")
    crowd = _Crowd(products, settings or ShopperSettings(), last=end.timestamp() - 1)
    starts = _Starts(end, days)
    for number in range(sessions):
        draw = Random(f"{seed}/session/{number}")
        yield from crowd.visit(draw, starts.at((number + draw.random()) / sessions))


class _Crowd:
    """What all shoppers of one catalogue share."""

    def __init__(self, products: Sequence[Product], settings: ShopperSettings, *, last: float) -> None:
        self.settings = settings
        self.last = last
        self.needs = sample_needs(products, exponent=settings.zipf_exponent)
        stores = store_table()
        self.stores = list(stores)
        self.store_shares = list(accumulate(row["share"] for row in stores.values()))
        self.shelf = Shelf(products, self.needs, self.stores)
        self.typeahead = Typeahead(self.needs)
        self.wanted = {month: list(accumulate(row)) for month, row in weights_by_month(self.needs).items()}
        self.together = _together(self.needs)
        self._said: dict[str, tuple[list[str], list[float]]] = {}

    def visit(self, draw: Random, start: float) -> list[Event]:
        visit = Visit(
            draw=draw,
            settings=self.settings,
            shelf=self.shelf,
            typeahead=self.typeahead,
            say=self.say,
            stamp=self._stamp,
            clock=start,
            store=self.stores[bisect(self.store_shares, draw.random() * self.store_shares[-1])],
            session_id=f"s{draw.getrandbits(64):016x}",
        )
        month = datetime.fromtimestamp(start, UTC).month
        if draw.random() < self.settings.bot_share:
            visit.crawl([self._need(draw, month) for _ in range(20 + int(draw.random() * 40))])
            return visit.events
        need = self._need(draw, month)
        # A geometric number of needs with the wanted mean.
        more = 1 - 1 / self.settings.needs_per_session
        while True:
            visit.shop_for(need, self._also(need, draw, month, visit.store))
            if draw.random() >= more:
                break
            need = self._next_need(need, draw, month)
            visit.clock += 4 + 60 * draw.random()
        visit.check_out()
        return visit.events

    def say(self, need: Need) -> tuple[list[str], list[float]]:
        """Ways to say the need, with cumulative likelihoods."""
        said = self._said.get(need.name)
        if said is None:
            ways = phrases(need)
            said = [text for text, _ in ways], list(accumulate(share for _, share in ways))
            self._said[need.name] = said
        return said

    def _stamp(self, seconds: float) -> str:
        day, rest = divmod(int(min(seconds, self.last)), 86_400)
        return f"{_day(day)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"

    def _need(self, draw: Random, month: int) -> Need:
        wanted = self.wanted[month]
        return self.needs[min(bisect(wanted, draw.random() * wanted[-1]), len(wanted) - 1)]

    def _next_need(self, need: Need, draw: Random, month: int) -> Need:
        """Often something that goes with the last need, as sauce does with pasta."""
        partners = self.together.get(need.kinds[0] if need.kinds else "", [])
        if partners and draw.random() < GOES_TOGETHER:
            return partners[int(draw.random() * len(partners))]
        return self._need(draw, month)

    def _also(self, need: Need, draw: Random, month: int, store: str) -> Callable[[], Product | None]:
        def choose() -> Product | None:
            other = self._next_need(need, draw, month)
            rows = self.shelf.page(self.say(other)[0][0], store, self.settings.page)[:6]
            return self.shelf.products[rows[int(draw.random() * len(rows))]] if rows else None

        return choose


def _together(needs: Sequence[Need]) -> dict[str, list[Need]]:
    """For each kind, the plain needs that go with it."""
    plain = {need.kinds[0]: need for need in needs if len(need.kinds) == 1 and need.name == need.kinds[0]}
    table: dict[str, list[Need]] = {}
    for group in read_data("together")["groups"]:
        for kind in group:
            table.setdefault(kind, []).extend(plain[other] for other in group if other != kind and other in plain)
    return table


class _Starts:
    """Turns an even number in [0, 1) into a time of visit: more in the evening and at the weekend."""

    def __init__(self, end: datetime, days: int) -> None:
        self.begin = end - timedelta(days=days)
        hours = (self.begin + timedelta(hours=hour) for hour in range(days * 24))
        self.cumulative = [0.0, *accumulate(HOURS[time.hour] * WEEKDAYS[time.weekday()] for time in hours)]

    def at(self, even: float) -> float:
        """Seconds since 1970."""
        target = even * self.cumulative[-1]
        hour = min(bisect(self.cumulative, target), len(self.cumulative) - 1) - 1
        inside = (target - self.cumulative[hour]) / (self.cumulative[hour + 1] - self.cumulative[hour])
        return self.begin.timestamp() + 3600 * (hour + min(inside, math.nextafter(1.0, 0.0)))


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
