"""What the log of a shop says about its queries, weighed by when it was said."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aisle.shop.query_log import Outcome, QueryDay
from aisle.suggest.matching import fold
from aisle.suggest.settings import MiningSettings

_YEAR = 365.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Figures by key. Queries that too few people used are in here too; they may weigh, and never be shown."""

    popularity: Mapping[str, float] = field(default_factory=dict)
    """Sessions over all stores, each worth less the longer ago it was."""
    by_store: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The same for each store that the log names."""
    carted: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Products put into carts after the query, with the distinct sessions."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Sessions that went straight on to a longer query: it was still being typed."""


def weigh(
    days: Iterable[QueryDay],
    outcomes: Iterable[Outcome],
    *,
    settings: MiningSettings,
    passed_over: Mapping[str, int] | None = None,
    before_day: int | None = None,
) -> Evidence:
    """Add up a log. With `before_day`, only what was searched for before that day (days since 1970)."""
    kept = [day for day in days if before_day is None or day.day < before_day]
    today = max((day.day for day in kept), default=0)
    worth = {day: day_weight(today - day, settings) for day in {entry.day for entry in kept}}
    # So that a session of an average day is worth one session: figures stay comparable with the limits.
    sessions = sum(entry.sessions for entry in kept)
    scale = sessions / max(sum(entry.sessions * worth[entry.day] for entry in kept), 1e-9)
    popularity: dict[str, float] = defaultdict(float)
    by_store: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for entry in kept:
        key = fold(entry.query)
        weighed = entry.sessions * worth[entry.day] * scale
        popularity[key] += weighed
        if entry.store:
            by_store[key][entry.store] += weighed
    carted: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        carted[fold(outcome.query)][outcome.product_id] += outcome.sessions
    hurried: Counter[str] = Counter()
    for query, count in (passed_over or {}).items():
        hurried[fold(query)] += count
    return Evidence(
        popularity=dict(popularity),
        by_store={key: dict(stores) for key, stores in by_store.items()},
        carted=carted,
        passed_over=hurried,
    )


def day_weight(age: int, settings: MiningSettings) -> float:
    """What a session is worth that was `age` days before the newest one.

    Half after every half-life; what people wanted around this time of earlier years counts again, so that pumpkin pie
    is back before the first one is searched for; and the last days count more, so that what is new is noticed.
    """
    weight = float(0.5 ** (age / settings.half_life_days))
    if age < settings.trending_days:
        weight *= settings.trending_weight
    years = round(age / _YEAR)
    if years:
        apart = (age - years * _YEAR) / settings.season_days
        weight += settings.season_weight**years * math.exp(-(apart**2))
    return weight
