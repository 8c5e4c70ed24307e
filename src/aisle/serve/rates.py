"""How often one client may ask: a bucket of tokens for each address, filled at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 10_000
"""Addresses that are remembered; the one not seen for longest is forgotten first, and starts with a full bucket."""


class RateLimit:
    """`burst` requests at once and `per_second` from then on, for each client. For the event loop's thread alone."""

    def __init__(self, per_second: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._burst = float(burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Take one token; 0 if there was one, else the seconds until there is one."""
        now = self._clock()
        tokens, at = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        missing = 1.0 - tokens
        self._buckets[client] = (tokens if missing > 0 else tokens - 1.0, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return max(0.0, missing / self._rate)
