"""What heads look at, in shares worked out by hand."""

from __future__ import annotations

import pytest
import torch

from aisle.inspection.habits import HeadHabits
from aisle.inspection.inspector import Inspector


def habits(*heads: list[list[float]]) -> list[dict[str, float]]:
    recorder = HeadHabits([True, False, True])
    recorder.record("layer.0.attention.scores", None)
    recorder.record("layer.0.attention.weights", torch.tensor([list(heads)]))
    assert len(recorder.layers) == 1
    return recorder.layers[0]


def test_shares_by_hand() -> None:
    itself = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]
    before = [[1.0, 0, 0], [1, 0, 0], [0, 1, 0]]
    even = [[1 / 3] * 3] * 3
    first, second, third = habits(itself, before, even)
    assert first["self"] == pytest.approx(1)
    assert first["spread"] == pytest.approx(1)
    assert first["separators"] == pytest.approx(1 / 3)
    assert second["previous"] == pytest.approx(2 / 3)
    assert second["next"] == 0
    assert second["first"] == pytest.approx(2 / 3)
    assert third["spread"] == pytest.approx(3)
    assert third["next"] == pytest.approx(2 / 9)


def test_every_head_of_every_layer_is_told(inspector: Inspector) -> None:
    recorder = HeadHabits(inspector.tokens("oat milk").special)
    inspector.trace("oat milk", steps=(), also=recorder)
    assert [len(layer) for layer in recorder.layers] == [4, 4]
    for layer in recorder.layers:
        for head in layer:
            assert 1 <= head["spread"] <= 4 + 1e-5
            assert all(0 <= head[name] <= 1 + 1e-6 for name in head if name != "spread")
