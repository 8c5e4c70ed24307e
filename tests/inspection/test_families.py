"""The shapes of the lecture's BERT-Base, and families whose inputs differ from BERT's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.inspection.inspector import Inspector
from aisle.inspection.trace import Trace
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from tests.conftest import TINY, write_tiny_encoder

# "[CLS] i love machine learning [SEP]", the lecture's sentence with its ids.
LECTURE = [101, 1045, 2293, 3698, 4083, 102]
BASE = EncoderConfig(
    vocab_size=30_522, hidden_size=768, num_layers=12, num_heads=12, feed_forward_size=3072, max_positions=512
)


def test_bert_base_has_the_shapes_of_the_lecture() -> None:
    with torch.device("meta"):
        encoder = Encoder(BASE)
    assert sum(weight.numel() for weight in encoder.parameters()) == 109_482_240
    # One table of random numbers under all weights: drawing 109 million would take longer than the test.
    noise = torch.empty(30_522 * 768).uniform_(-0.03, 0.03)
    weights = {
        name: torch.ones(768) if name.endswith("norm.weight") else noise[: weight.numel()].view(weight.shape)
        for name, weight in encoder.named_parameters()
    }
    encoder.load_state_dict(weights, assign=True)
    encoder.eval()
    trace = Trace(("layer.11.feed_forward.normalized", "layer.0.attention.weights"))
    with torch.inference_mode():
        encoder(torch.tensor([LECTURE]), recorder=trace)
    shapes = {name: step.shape for name, step in trace.steps.items()}
    assert shapes["embeddings.normalized"] == (6, 768)
    for n in range(12):
        assert shapes[f"layer.{n}.attention.query"] == (12, 6, 64)
        assert shapes[f"layer.{n}.attention.scores"] == (12, 6, 6)
        assert shapes[f"layer.{n}.attention.concatenated"] == (6, 768)
        assert shapes[f"layer.{n}.feed_forward.hidden"] == (6, 3072)
        assert shapes[f"layer.{n}.feed_forward.output"] == (6, 768)
    assert np.isfinite(trace["layer.11.feed_forward.normalized"]).all()
    np.testing.assert_allclose(trace["layer.0.attention.weights"].sum(-1), 1, atol=1e-6)


def test_a_512_token_trace_of_bert_base_keeps_no_more_than_one_step() -> None:
    with torch.device("meta"):
        encoder = Encoder(BASE)
        trace = Trace(())
        encoder(torch.zeros((1, 512), dtype=torch.long), recorder=trace)
    assert trace.bytes == 0
    assert trace.steps["layer.11.attention.weights"].shape == (12, 512, 512)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("distilbert", {"num_segments": 0}),
        ("roberta", {"max_positions": 66}),
        ("roberta-prelayernorm", {"max_positions": 66}),
    ],
)
def test_other_families_are_walked_through_as_well(tmp_path: Path, family: str, changes: dict[str, int]) -> None:
    config = replace(TINY, family=family, **changes)
    inspector = Inspector.load(write_tiny_encoder(tmp_path / family, config=config))
    traced = inspector.trace("milk and bread", "oat milk")
    last = "normalized" if config.pre_norm else "layer.1.feed_forward.normalized"
    np.testing.assert_allclose(
        traced[last], inspector.last_hidden_state("milk and bread", "oat milk"), rtol=0, atol=1e-6
    )
    read = inspector.tokens("milk and bread", "oat milk")
    assert traced["embeddings.position"].shape == (len(read.ids), 32)
    assert inspector.table("position").shape[0] == config.max_tokens
    assert ("embeddings.segment" in traced) == (family != "distilbert")
    np.testing.assert_array_equal(traced["embeddings.position"], inspector.table("position")[: len(read.ids)])
