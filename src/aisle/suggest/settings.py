"""The settings of suggestions: what becomes one, and how stores and all stores together are weighed."""

from __future__ import annotations

from dataclasses import dataclass


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
