"""Every number that mining pairs depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisle.errors import UserError

Conversion: TypeAlias = Literal["cart", "click"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PairSettings:
    """Which pairs of a log are kept, and which of them count as high-quality."""

    conversion: Conversion = "cart"
    """What counts as a conversion: `cart` (put into the cart or bought) or `click` (clicks too, for logs without
    carts)."""

    min_sessions: int = 1
    """Distinct sessions that must have converted on a product after a query."""

    high_sessions: int = 2
    """Distinct sessions that must have done so for a high-quality pair: what one session did may be chance."""

    most_query_characters: int = 200
    """Longer queries are no training material; their events are left out and counted."""

    most_searches: int = 100
    """Searches in one session from which it is taken for a program, however slow it is."""

    most_actions_a_minute: float = 30.0
    """Searches, clicks and cart-adds a minute from which a session of at least `rate_from` of them is taken for a
    program: a person who reads results needs seconds for each."""

    rate_from: int = 20
    """Fewest actions of a session from which its rate is looked at."""

    must_be_shown: bool = True
    """Leave out conversions on products that the log says were not among the results shown (put into the cart from
    elsewhere while the query was open). Sessions and queries without impressions are not touched by it."""

    prior: float = 10.0
    """Strength of the prior of every rate and share, in examinations or conversions (Bayesian smoothing)."""

    min_rate: float = 0.01
    """Smoothed conversions an examination, position removed, that a high-quality pair needs."""

    min_lift: float = 4.0
    """How many times more often a high-quality product, and its category, must convert after the query than overall.
    What is bought with everything ("also needed") has a lift near 1."""

    most_query_share: float = 0.2
    """A product that converts after more than this share of all queries is everywhere: only those of its pairs are kept
    that have the lift of a high-quality pair. Asked of logs with at least 50 queries that led to anything."""

    min_category_share: float = 0.04
    """Share of a query's conversions that the category of a high-quality product must have."""

    synthetic: int = 0
    """Cold start: at most so many pairs made from the catalogue's own fields for each product that the log says nothing
    of; 0 for none."""

    memory_mb: int = 1000
    """Memory that DuckDB may use; what does not fit goes to the scratch directory."""

    threads: int = 2
    """Threads of DuckDB."""

    def __post_init__(self) -> None:
        if self.conversion not in ("cart", "click"):
            raise UserError(f"conversion is {self.conversion!r}; it must be cart or click")
        least_of = {
            "min_sessions": 1, "high_sessions": 1, "most_query_characters": 1, "most_searches": 2, "rate_from": 2,
            "synthetic": 0, "memory_mb": 64, "threads": 1,
        }  # fmt: skip
        for name, least in least_of.items():
            if getattr(self, name) < least:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        for name in ("most_actions_a_minute", "prior"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be above 0")
        for name in ("min_rate", "min_category_share", "most_query_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be between 0 and 1")
        if not self.min_lift >= 0:
            raise UserError(f"min_lift is {self.min_lift}; it must be 0 or more")
