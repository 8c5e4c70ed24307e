"""Where shop calls that take milliseconds run: a few threads, and a bounded line before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aisle.serve.metrics import Metrics
from aisle.serve.problems import ProblemError

T = TypeVar("T")


class Desk:
    """Runs calls in `threads` threads; when `max_waiting` calls wait already, refuses at once instead of piling up."""

    def __init__(self, name: str, *, threads: int, max_waiting: int, metrics: Metrics) -> None:
        """`name` is that of the gauge aisle_NAME_waiting."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"aisle-{name}")
        self._gauge = f"aisle_{name}_waiting"
        self._most = threads + max_waiting
        self._here = 0
        self._metrics = metrics

    async def run(self, call: Callable[[], T]) -> T:
        """The result of `call()`. Raises ProblemError `busy` when the line is full."""
        if self._here >= self._most:
            raise ProblemError("busy", f"{self._here} requests are waiting already.", retry_after=1)
        self._here += 1
        self._metrics.set(self._gauge, self._here)
        try:
            # If the client gives up, the call is dropped from the line if it has not begun.
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._here -= 1
            self._metrics.set(self._gauge, self._here)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
