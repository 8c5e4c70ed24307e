"""The vector of one query, and what happens when the encoder is slow or cannot be used.

Legend: D vector length.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aisle.errors import BusyError, UserError
from aisle.search.request import SearchRequest
from aisle.storefront.opened import OpenedVersion
from aisle.storefront.reading import as_read

logger = logging.getLogger("aisle.storefront")
THREADS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedQuery:
    """What a search has to go by."""

    vector_D: NDArray[np.float32] | None
    """The query's vector; None where the search has to go by words alone."""
    without: str = ""
    """Why there is none although there could be one: `slow` or `failed`; else empty."""
    reason: str = ""
    """The same for whoever asked."""
    seconds: float = 0.0
    """Time it took, or was waited for."""
    kept: bool = False
    """Whether the vector was there before anybody asked."""
    cut: int = 0
    """Tokens of the query that the encoder did not read."""
    respelt: Mapping[str, str] = field(default_factory=dict)
    """Words of the query that were read as others, and those."""


class QueryEncoding:
    """Encodes queries within a time budget. Safe to use from many threads.

    A query that takes too long is searched by its words; its vector is still finished and remembered, so that the next
    one who asks has it. While THREADS queries are being encoded and as many wait, further ones are not queued at all.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pending = 0
        self._lock = threading.Lock()
        self.failing = False
        """Whether the encoder could not be used when it was last tried."""

    def close(self) -> None:
        """Finish what runs."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def of(self, opened: OpenedVersion, request: SearchRequest, budget_seconds: float) -> EncodedQuery:
        """The query's vector; with a budget of 0 however long it takes, and whatever goes wrong is raised.

        Raises
            UserError: a semantic search of a version without vectors.
            BusyError: a semantic search, and the encoder is too slow or cannot be used.
        """
        if request.mode == "lexical" or not request.query.strip():
            return EncodedQuery(vector_D=None)
        if not opened.fingerprint:
            if request.mode == "semantic":
                raise UserError("this version was built without an encoder; search it with mode lexical or hybrid")
            return EncodedQuery(vector_D=None)
        started = time.perf_counter()
        kept = opened.query_vectors.kept(request.query)
        if kept is not None:
            seconds = time.perf_counter() - started
            return EncodedQuery(vector_D=kept.vector_D, cut=kept.cut, kept=True, seconds=seconds)

        def encode() -> EncodedQuery:
            encoder = opened.encoder
            assert encoder is not None
            # Vectors are remembered by what was read, which is another text once the catalogue has the word.
            read = as_read(opened.index, encoder, request.query)
            made = opened.query_vectors.of(read, lambda: encoder.encode_counted([read]))
            return EncodedQuery(
                vector_D=made.vector_D,
                cut=made.cut,
                respelt={a: b for a, b in zip(request.query.split(), read.split(), strict=True) if a != b},
                seconds=time.perf_counter() - started,
            )

        if not budget_seconds:
            return encode()
        without, reason = "", ""
        try:
            encoded = self._within(encode, budget_seconds)
            self.failing = False
            return encoded
        except FutureTimeoutError:
            without, reason = "slow", f"the encoder took longer than {budget_seconds * 1000:g} ms"
        except Exception:
            without, reason = "failed", "the encoder cannot be used just now"
        if request.mode == "semantic":
            raise BusyError(f"{reason}; search by words (mode lexical or hybrid), or try again")
        return EncodedQuery(vector_D=None, without=without, reason=reason, seconds=time.perf_counter() - started)

    def _within(self, encode: Callable[[], EncodedQuery], seconds: float) -> EncodedQuery:
        """`encode()` in a thread of its own. Raises TimeoutError if it takes longer, or too much waits already."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="aisle-query")
            if self._pending >= 2 * THREADS:
                raise FutureTimeoutError
            self._pending += 1
            future = self._pool.submit(encode)
        future.add_done_callback(self._done)
        return future.result(seconds)

    def _done(self, future: Future[EncodedQuery]) -> None:
        """Also where nobody waits any more for what comes out."""
        error = None if future.cancelled() else future.exception()
        with self._lock:
            self._pending -= 1
            new = error is not None and not self.failing
            self.failing |= new
        if new:
            message = "the encoder cannot be used; hybrid searches go by words alone until it can"
            logger.error(message, exc_info=error)
