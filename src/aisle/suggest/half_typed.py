"""Telling a query that was still being typed from one that was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aisle.suggest.settings import MiningSettings


@dataclass(slots=True)
class Usage:
    """What the log says about one query."""

    searches: int = 0
    sessions: int = 0
    carts: int = 0

    def cart_rate(self) -> float:
        """Cart-adds for a search."""
        return self.carts / self.searches if self.searches else 0.0


def half_typed(usage: Mapping[str, Usage], settings: MiningSettings) -> set[str]:
    """The keys of queries that look like the unfinished beginning of a much more popular one.

    Logs of search-as-you-type hold a query for every pause at the keyboard. "ice" is a beginning of "iceberg lettuce"
    and yet a query of its own: what tells them apart is that people put ice into their carts, while nobody buys what
    "iceb" shows. So a beginning is taken for half-typed if a query that continues it has many times its sessions and
    its own searches lead to far fewer cart-adds. A log without cart-adds cannot tell, and then nothing is dropped.
    """
    unfinished = set()
    for key, whole in usage.items():
        needed = whole.cart_rate() * settings.half_typed_carts
        for length in range(1, len(key)):
            part = usage.get(key[:length])
            if (
                part is not None
                and whole.sessions >= settings.half_typed_dominance * part.sessions
                and part.cart_rate() < needed
            ):
                unfinished.add(key[:length])
    return unfinished
