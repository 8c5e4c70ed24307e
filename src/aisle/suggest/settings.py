"""The settings of suggestions: what becomes one, and how stores and all stores together are weighed."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class MiningSettings:
    """Which queries and which phrases of the catalogue become candidates."""

    min_sessions: int = 5
    """Distinct sessions that must have used a query: what fewer people typed may be private, and is often a slip."""

    min_products: int = 3
    """Products that must share a phrase put together from the catalogue (brand and kind, attribute and kind, the end of
    a title). A category or a brand needs only one."""

    min_characters: int = 2
    """Shortest candidate."""
    max_characters: int = 60
    """Longest candidate: what is longer is a sentence, and does not fit the list."""
    max_words: int = 8
    """Most words of a candidate."""

    half_life_days: float = 45.0
    """A search counts half as much after so many days, measured back from the newest one in the log."""
    trending_days: int = 3
    """The newest days, in which a search counts `trending_weight` times as much."""
    trending_weight: float = 1.5
    """What a search of the newest days counts beside one before."""
    season_days: float = 21.0
    """Searches about so many days around the same date of an earlier year count as the season's."""
    season_weight: float = 0.5
    """What a search of the same season one year ago counts; its square two years ago."""

    pause_ms: int = 4000
    """A query that goes on to a longer one within this time was still being typed; such sessions do not count."""

    converting: float = 0.5
    """A query of words that no product carries is kept if it leads to at least this share of the cart-adds for a search
    that all queries lead to, from at least `min_sessions` sessions: "lunch meat" where titles say ham."""

    max_composed: int = 20_000
    """Most phrases put together from what people call a kind of product and what the shop has of it."""

    half_typed_dominance: float = 5.0
    """A query may be the unfinished beginning of another one if that has at least this many times its sessions."""

    half_typed_carts: float = 0.5
    """It is taken for one if its searches lead to less than this share of the cart-adds that the other's lead to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexSettings:
    """How candidates are scored for one store."""

    backoff_sessions: float = 1000.0
    """What all stores together are worth beside one store's own sessions: a candidate scores there as if its share of
    all sessions had been seen in this many more sessions at the store."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RankSettings:
    """How the order of suggestions is learned from the log."""

    earlier: float = 0.75
    """Share of the log, from its beginning, that figures of taps are taken from while training; the rest teaches."""
    latest_events: int = 5_000_000
    """Events that are looked at, the newest ones."""
    least_choices: int = 300
    """With fewer choices in the log to learn from, popularity and beginnings rank."""
    most_choices: int = 40_000
    """Choices that are learned from, the newest ones."""
    shown_weight: float = 0.3
    """What a choice among suggestions that were shown counts beside a choice among all that match."""
    penalty: float = 1.0
    """Strength of the squared penalty on the weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DuplicateSettings:
    """When two suggestions say the same."""

    threshold: float = 0.8
    """Cosine from which two texts may mean the same, if nothing in their words or products says otherwise.
    `aisle suggest calibrate` chooses it for a shop and its encoder."""
    compared: int = 6_000
    """Candidates compared by meaning, the most popular ones; the others only by their words."""

    def __post_init__(self) -> None:
        if not -1 <= self.threshold <= 1.01:
            raise UserError(f"threshold is {self.threshold}; it is a cosine and must be from -1 to 1")
