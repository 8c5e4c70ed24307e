"""OpenVINO's requests, lent to whoever computes, in the order of asking: no query waits for a whole catalogue."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Requests:
    """As many requests as there are streams, so that two never share one.

    OpenVINO queues what is beyond its streams itself, but its own queue (`AsyncInferQueue`) beside single requests
    corrupts the heap of the process (2026.4.1; docs/reliability.md).
    """

    def __init__(self, compiled: Any, number: int) -> None:
        """`number` requests of a compiled model."""
        self._idle = [compiled.create_infer_request() for _ in range(number)]
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[Any]:
        """A request for the time of the block."""
        asker = object()
        with self._changed:
            self._waiting.append(asker)
            try:
                self._changed.wait_for(lambda: self._idle and self._waiting[0] is asker)
                request = self._idle.pop()
            finally:
                self._waiting.remove(asker)
                self._changed.notify_all()
        try:
            yield request
        finally:
            with self._changed:
                self._idle.append(request)
                self._changed.notify_all()
