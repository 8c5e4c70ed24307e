"""Texts of concurrent requests share batches, and overload is refused at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from aisle.sentence.encoder import SentenceEncoder
from aisle.serve.batching import Batcher
from aisle.serve.counted import FAMILIES
from aisle.serve.desk import Desk
from aisle.serve.metrics import Metrics
from aisle.serve.problems import ProblemError
from aisle.serve.settings import ServeSettings


class Gated(SentenceEncoder):
    """The real encoder, whose engine waits for a signal before each batch."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "gated")
        self.go = threading.Event()
        self.broken = False
        self.batches: list[int] = []
        run = self.engine.run

        def waiting_run(ids: Sequence[Sequence[int]]) -> np.ndarray:
            assert self.go.wait(20)
            if self.broken:
                raise RuntimeError("out of memory")
            self.batches.append(len(ids))
            return run(ids)

        self.engine.run = waiting_run  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def plain(tiny_encoder: Path) -> SentenceEncoder:
    return SentenceEncoder.load(tiny_encoder)


@pytest.fixture
def gated(tiny_encoder: Path) -> Gated:
    return Gated(tiny_encoder)


def tokens(encoder: SentenceEncoder, texts: list[str]) -> Sequence[Sequence[int]]:
    return encoder.tokenizer.encode_batch(texts, max_tokens=encoder.max_tokens).ids


def run(scenario, settings: ServeSettings) -> Metrics:
    """Run `scenario(batcher)` on an event loop with a working batcher."""
    metrics = Metrics(FAMILIES)
    desk = Desk("embedding", threads=1, max_waiting=4, metrics=metrics)

    async def whole() -> None:
        batcher = Batcher(settings, metrics, desk)
        batcher.start()
        try:
            await scenario(batcher)
        finally:
            await batcher.stop()

    try:
        asyncio.run(whole())
    finally:
        desk.close()
    return metrics


def test_waiting_requests_share_a_batch_and_each_gets_its_own_vectors(gated, plain):
    requests = [["milk"], ["oat bread", "butter"], ["whole apple"], ["cheese", "milk", "gluten free oat milk"]]

    async def scenario(batcher: Batcher) -> None:
        jobs = [asyncio.create_task(batcher.embed(gated, tokens(gated, texts))) for texts in requests]
        await asyncio.sleep(0.05)
        gated.go.set()
        for texts, vectors in zip(requests, await asyncio.gather(*jobs), strict=True):
            np.testing.assert_allclose(vectors, plain.encode(texts), atol=1e-5)

    run(scenario, ServeSettings()).close()
    assert sum(gated.batches) == 7
    assert len(gated.batches) <= 2


def test_a_batch_keeps_to_the_token_budget_and_a_long_text_goes_alone(gated):
    async def scenario(batcher: Batcher) -> None:
        gated.go.set()
        await batcher.embed(gated, tokens(gated, ["milk"] * 10 + ["milk " * 20]))

    run(scenario, ServeSettings(embedding_batch_tokens=12)).close()
    assert gated.batches == [4, 4, 2, 1]


def test_too_much_waiting_is_refused_at_once_with_a_time_to_come_back(gated):
    settings = ServeSettings(embedding_batch_tokens=3, embedding_queue_tokens=9)

    async def scenario(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.embed(gated, tokens(gated, ["milk"])))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(batcher.embed(gated, tokens(gated, ["milk"]))) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(ProblemError) as refused:
            await batcher.embed(gated, tokens(gated, ["milk"]))
        assert refused.value.status_code == 429
        assert refused.value.headers is not None
        assert int(refused.value.headers["retry-after"]) >= 1
        with pytest.raises(ProblemError) as too_large:
            await batcher.embed(gated, tokens(gated, ["milk"] * 4))
        assert too_large.value.status_code == 413
        gated.go.set()
        await asyncio.gather(first, *waiting)

    metrics = run(scenario, settings)
    assert "aisle_embedding_refused_total 1" in metrics.text()
    assert "aisle_embedding_waiting_tokens 0" in metrics.text()
    metrics.close()


def test_a_request_that_waits_too_long_is_answered_and_its_texts_leave_the_line(gated):
    settings = ServeSettings(embedding_batch_tokens=3, embedding_seconds=0.1)

    async def scenario(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.embed(gated, tokens(gated, ["milk"])))
        await asyncio.sleep(0.02)
        with pytest.raises(ProblemError) as late:
            await batcher.embed(gated, tokens(gated, ["oat", "bread"]))
        assert late.value.status_code == 503
        gated.go.set()
        with pytest.raises(ProblemError):
            await first
        await batcher.embed(gated, tokens(gated, ["butter"]))

    run(scenario, settings).close()
    assert gated.batches == [1, 1]


def test_a_failing_batch_fails_its_requests_and_not_the_next_ones(gated):
    async def scenario(batcher: Batcher) -> None:
        gated.go.set()
        gated.broken = True
        with pytest.raises(RuntimeError, match="out of memory"):
            await batcher.embed(gated, tokens(gated, ["oat"]))
        gated.broken = False
        assert (await batcher.embed(gated, tokens(gated, ["milk"]))).shape == (1, gated.dim)

    run(scenario, ServeSettings()).close()


def test_stopping_answers_whoever_still_waits(gated):
    async def scenario(batcher: Batcher) -> None:
        jobs = [asyncio.create_task(batcher.embed(gated, tokens(gated, ["milk"]))) for _ in range(3)]
        await asyncio.sleep(0.02)
        await batcher.stop()
        results = await asyncio.gather(*jobs, return_exceptions=True)
        gated.go.set()
        assert all(isinstance(result, ProblemError) and result.status_code == 503 for result in results)

    run(scenario, ServeSettings(embedding_batch_tokens=3)).close()
