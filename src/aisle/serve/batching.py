"""Embeds the texts of many concurrent requests together, batch by batch, with a bounded line before it.

Legend: N texts of one request, D vector length.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.sentence.encoder import SentenceEncoder
from aisle.serve.desk import Desk
from aisle.serve.metrics import Metrics
from aisle.serve.problems import ProblemError
from aisle.serve.settings import ServeSettings

logger = logging.getLogger("aisle.serve")


@dataclass(kw_only=True, slots=True)
class Job:
    """One request's texts, tokenized, and its vectors as they come."""

    encoder: SentenceEncoder
    ids: Sequence[Sequence[int]]
    tokens: int
    done: asyncio.Future[None]
    vectors_ND: NDArray[np.float32] = field(init=False)
    missing: int = field(init=False)

    def __post_init__(self) -> None:
        self.vectors_ND = np.empty((len(self.ids), self.encoder.dim), np.float32)
        self.missing = len(self.ids)


class Batcher:
    """Lines up texts and encodes up to `embedding_batch_tokens` of them at a time, whoever sent them.

    A request that would wait behind more than `embedding_queue_tokens` tokens is refused at once (429), and one that
    waits longer than `embedding_seconds` is answered 503; its texts leave the line.
    """

    def __init__(self, settings: ServeSettings, metrics: Metrics, desk: Desk) -> None:
        self._settings = settings
        self._metrics = metrics
        self._desk = desk
        self._line: deque[tuple[Job, int]] = deque()
        self._waiting_tokens = 0
        self._tokens_per_second = 10_000.0
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work; needs a running event loop."""
        self._worker = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Stop; whoever still waits is answered 503."""
        if self._worker:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        fail(self._line, stopping())

    async def embed(self, encoder: SentenceEncoder, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Unit vectors (N, D) of N tokenized texts."""
        settings = self._settings
        tokens = sum(len(sequence) for sequence in ids)
        if tokens > settings.embedding_queue_tokens:
            detail = f"The input has {tokens} tokens; at most {settings.embedding_queue_tokens} fit in one request."
            raise ProblemError("too-large", detail)
        if self._waiting_tokens + tokens > settings.embedding_queue_tokens:
            self._metrics.add("aisle_embedding_refused_total")
            wait = max(1, math.ceil(self._waiting_tokens / self._tokens_per_second))
            detail = f"{self._waiting_tokens} tokens are waiting to be embedded already."
            raise ProblemError("too-many-requests", detail, retry_after=wait)
        job = Job(encoder=encoder, ids=ids, tokens=tokens, done=asyncio.get_running_loop().create_future())
        self._line.extend((job, index) for index in range(len(ids)))
        self._count_waiting(tokens)
        self._arrived.set()
        try:
            async with asyncio.timeout(settings.embedding_seconds):
                await job.done
        except TimeoutError:
            wait = max(1, math.ceil(self._waiting_tokens / self._tokens_per_second))
            detail = f"The texts were not embedded within {settings.embedding_seconds:g} seconds."
            raise ProblemError("busy", detail, retry_after=wait) from None
        return job.vectors_ND

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._next_batch()
            if not batch:
                self._arrived.clear()
                continue
            try:
                await self._encode(batch)
            except asyncio.CancelledError:
                fail(batch, stopping())
                raise
            except Exception as error:
                # The requests of this batch fail; the next ones still deserve an answer.
                fail(batch, error)

    def _next_batch(self) -> list[tuple[Job, int]]:
        """Texts from the head of the line, of one encoder, within the token budget or one alone."""
        batch: list[tuple[Job, int]] = []
        tokens = 0
        while self._line:
            job, index = self._line[0]
            length = len(job.ids[index])
            if job.done.done():
                # Timed out, or the client went away.
                self._line.popleft()
                self._count_waiting(-length)
                continue
            other = batch and job.encoder is not batch[0][0].encoder
            if other or (batch and tokens + length > self._settings.embedding_batch_tokens):
                break
            self._line.popleft()
            self._count_waiting(-length)
            batch.append((job, index))
            tokens += length
        return batch

    async def _encode(self, batch: list[tuple[Job, int]]) -> None:
        started = time.perf_counter()
        encoder = batch[0][0].encoder
        ids = [job.ids[index] for job, index in batch]
        vectors_ND = await self._desk.run(lambda: unit(encoder.engine.run(ids)))
        for (job, index), vector_D in zip(batch, vectors_ND, strict=True):
            job.vectors_ND[index] = vector_D
            job.missing -= 1
            if not job.missing and not job.done.done():
                job.done.set_result(None)
        tokens = sum(len(sequence) for sequence in ids)
        speed = tokens / max(time.perf_counter() - started, 1e-6)
        self._tokens_per_second += 0.2 * (speed - self._tokens_per_second)
        self._metrics.add("aisle_embedding_batches_total")
        self._metrics.add("aisle_embedding_texts_total", by=len(ids))
        self._metrics.add("aisle_embedding_tokens_total", by=tokens)

    def _count_waiting(self, change: int) -> None:
        self._waiting_tokens += change
        self._metrics.set("aisle_embedding_waiting_tokens", self._waiting_tokens)


def fail(texts: Iterable[tuple[Job, int]], error: Exception) -> None:
    """Answer the requests of these texts with an error, unless they have been answered."""
    for job, _ in texts:
        if not job.done.done():
            job.done.set_exception(error)


def stopping() -> ProblemError:
    """What those who wait are told when the server stops."""
    return ProblemError("busy", "The server is stopping.", retry_after=5)


def unit(vectors_ND: Any) -> NDArray[np.float32]:
    """Vectors of length 1."""
    lengths_N1 = np.linalg.norm(vectors_ND, axis=1, keepdims=True)
    scaled_ND: NDArray[np.float32] = vectors_ND / np.maximum(lengths_N1, 1e-12)
    return scaled_ND
