"""The torch-free engine computes what the torch encoder computes. Legend: N texts, D vector length."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.model.checkpoint import read_weights
from aisle.model.config import EncoderConfig
from aisle.runtime.engine import Engine
from aisle.runtime.graph import WORD_TABLE, encoder_graph
from aisle.runtime.settings import EngineSettings
from tests.conftest import TINY, write_tiny_encoder


def engine(directory: Path, pooling: str = "mean", **settings: object) -> Engine:
    config, weights = EncoderConfig.load(directory), read_weights(directory)
    return Engine(
        weights[WORD_TABLE],
        lambda long: encoder_graph(config, weights, pooling, long=long),
        "f32",
        EngineSettings(**settings),  # type: ignore[arg-type]
    )


def sequences(count: int, seed: int = 0) -> list[list[int]]:
    random = np.random.default_rng(seed)
    return [[2, *random.integers(5, 90, random.integers(0, 30)).tolist(), 3] for _ in range(count)]


@pytest.mark.parametrize("pooling", ["mean", "max", "cls"])
def test_the_engine_equals_the_torch_encoder(tiny_encoder: Path, pooling: str) -> None:
    import torch

    from aisle.model.encoder import Encoder
    from aisle.model.pooling import pool

    encoder = Encoder.load(tiny_encoder).eval()
    ids = sequences(12)
    vectors_ND = engine(tiny_encoder, pooling).run(ids)
    for sequence, vector_D in zip(ids, vectors_ND, strict=True):
        with torch.no_grad():
            expected_D = pool(encoder(torch.tensor([sequence])), None, pooling)[0].numpy()
        np.testing.assert_allclose(vector_D, expected_D, atol=1e-5)


def test_the_engine_equals_a_pre_norm_encoder(tmp_path: Path) -> None:
    import torch

    from aisle.model.encoder import Encoder

    config = replace(TINY, family="roberta-prelayernorm")
    directory = write_tiny_encoder(tmp_path / "pre-norm", config=config)
    encoder, ids = Encoder.load(directory), sequences(8)
    for sequence, vector_D in zip(ids, engine(directory).run(ids), strict=True):
        with torch.no_grad():
            expected_D = encoder(torch.tensor([sequence])).mean(1)[0].numpy()
        np.testing.assert_allclose(vector_D, expected_D, atol=1e-5)


def test_a_vector_does_not_change_with_its_neighbours(tiny_encoder: Path) -> None:
    running, ids = engine(tiny_encoder), sequences(40)
    together_ND = running.run(ids)
    alone_ND = np.concatenate([running.run([sequence]) for sequence in ids])
    np.testing.assert_allclose(together_ND, alone_ND, atol=1e-6)


def test_many_threads_may_run_at_once(tiny_encoder: Path) -> None:
    running, ids = engine(tiny_encoder, threads=2), sequences(30)
    expected_ND = running.run(ids)
    differences: list[float] = []

    def work() -> None:
        for _ in range(5):
            differences.append(float(np.abs(running.run(ids) - expected_ND).max()))
            differences.append(float(np.abs(running.run(ids[:1]) - expected_ND[:1]).max()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(differences) == 40
    assert max(differences) <= 1e-6


def test_the_graph_for_long_texts_computes_the_same(tiny_encoder: Path) -> None:
    config, weights = EncoderConfig.load(tiny_encoder), read_weights(tiny_encoder)
    ids = sequences(40)
    long = Engine(
        weights[WORD_TABLE],
        lambda _: encoder_graph(config, weights, "mean", long=True),
        "f32",
        EngineSettings(),
    )
    np.testing.assert_allclose(long.run(ids), engine(tiny_encoder).run(ids), atol=1e-5)


def test_long_and_short_texts_may_come_together(tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.runtime.engine.LONG", 20)
    running, ids = engine(tiny_encoder), sequences(40)
    assert {len(sequence) > 20 for sequence in ids} == {True, False}
    together_ND = running.run(ids)
    alone_ND = np.concatenate([running.run([sequence]) for sequence in ids])
    np.testing.assert_allclose(together_ND, alone_ND, atol=1e-6)


def test_no_text_gives_no_vector(tiny_encoder: Path) -> None:
    assert engine(tiny_encoder).run([]).shape == (0, 32)
