"""The walk as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.inspection.inspector import Inspector
from aisle.inspection.summary import summary


def test_without_steps_there_are_shapes_and_no_numbers(inspector: Inspector) -> None:
    told = summary(inspector, "oat milk")
    json.dumps(told)
    assert told["tokens"] == ["[CLS]", "oat", "milk", "[SEP]"]
    assert told["match"] is None
    assert told["steps"]["layer.1.attention.scores"]["shape"] == [4, 4, 4]
    assert told["steps"]["layer.1.attention.scores"]["axes"] == "HTT"
    assert not any("values" in step for step in told["steps"].values())
    assert set(told["pooled"]) == {"mean", "max", "cls"}
    assert told["encoder"]["name"] == inspector.directory.name
    assert told["encoder"]["parameters"] == sum(weight.numel() for weight in inspector.encoder.parameters())


def test_steps_that_are_asked_for_come_with_their_numbers(inspector: Inspector) -> None:
    told = summary(inspector, "oat milk", "bread", steps=("embeddings.*", "pooled.max"))
    with_values = [name for name, step in told["steps"].items() if "values" in step]
    assert with_values == [
        "embeddings.token", "embeddings.position", "embeddings.segment", "embeddings.sum", "embeddings.normalized",
        "pooled.max",
    ]  # fmt: skip
    trace = inspector.trace("oat milk", "bread")
    np.testing.assert_array_equal(np.float32(told["steps"]["embeddings.sum"]["values"]), trace["embeddings.sum"])
    assert sum(told["match"]["a_share"]) == pytest.approx(told["match"]["cosine"])
    assert len(told["path"]) == 2


def test_more_numbers_than_fit_an_answer_are_refused_before_they_are_kept(inspector: Inspector) -> None:
    with pytest.raises(UserError, match=r"1,0\d\d|\d,\d\d\d numbers"):
        summary(inspector, "oat milk", steps=("*",), most_numbers=1000)


def test_truncation_is_told(inspector: Inspector) -> None:
    told = summary(inspector, "milk " * 100)
    assert told["truncated"] == 38
    assert told["path"][0]["words_cut"] == 38
