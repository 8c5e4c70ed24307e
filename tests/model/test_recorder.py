"""Every intermediate comes under its documented name, with its documented shape, from the one forward pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.pooling import pool
from aisle.model.recorder import INTERMEDIATES, forward_names

CONFIG = EncoderConfig(
    vocab_size=50,
    hidden_size=24,
    num_layers=3,
    num_heads=4,
    feed_forward_size=40,
    max_positions=16,
    initializer_range=0.3,
)
IDS_BT = torch.tensor([[2, 10, 11, 12, 13, 3, 0], [2, 10, 3, 0, 0, 0, 0]])
MASK_BT = IDS_BT != 0
# One is there in pre-norm encoders only.
POST_NORM = [entry for entry in INTERMEDIATES if entry.name != "normalized"]
LETTERS = {"B": 2, "T": 7, "D": 24, "H": 4, "K": 6, "F": 40}


class Trace(dict[str, torch.Tensor]):
    def record(self, name: str, value: Any) -> None:
        assert name not in self
        self[name] = value


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder(CONFIG).eval()


@pytest.fixture(scope="module")
def trace(encoder: Encoder) -> Trace:
    trace = Trace()
    with torch.no_grad():
        encoder(IDS_BT, None, MASK_BT, trace)
    return trace


def test_recording_does_not_change_the_result(encoder: Encoder, trace: Trace) -> None:
    with torch.no_grad():
        assert torch.equal(encoder(IDS_BT, None, MASK_BT), trace["layer.2.feed_forward.normalized"])


def test_names_come_as_documented_and_in_the_documented_order(trace: Trace) -> None:
    assert list(trace) == forward_names(CONFIG)


def test_the_page_on_models_lists_every_name() -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    for entry in INTERMEDIATES:
        assert f"| `{entry.name}` | {entry.shape} | {entry.meaning} |\n" in page


@pytest.mark.parametrize("intermediate", POST_NORM, ids=lambda entry: entry.name)
def test_shapes_are_as_documented(encoder: Encoder, trace: Trace, intermediate: Any) -> None:
    name = intermediate.name.format(n=1)
    pooled = Trace()
    if name.startswith("pooled."):
        with torch.no_grad():
            hidden_BTD = trace["layer.2.feed_forward.normalized"]
            pool(hidden_BTD, MASK_BT, name.removeprefix("pooled."), pooler=encoder.pooler, recorder=pooled)
    shape = tuple((trace | pooled)[name].shape)
    assert shape in [tuple(LETTERS[letter] for letter in shape_) for shape_ in intermediate.shape.split(" or ")]


def test_a_family_without_segments_reports_none() -> None:
    config = EncoderConfig(family="distilbert", vocab_size=50, hidden_size=8, num_layers=1, num_heads=2, num_segments=0)
    trace = Trace()
    Encoder(config, with_pooler=False).eval()(IDS_BT, recorder=trace)
    assert list(trace) == forward_names(config)
    assert "embeddings.segment" not in trace


def test_a_pre_norm_encoder_normalises_first_and_once_more_at_the_end() -> None:
    config = replace(CONFIG, family="roberta-prelayernorm")
    trace = Trace()
    encoder = Encoder(config).eval()
    with torch.no_grad():
        assert torch.equal(encoder(IDS_BT, None, MASK_BT, trace), trace["normalized"])
    assert list(trace) == forward_names(config)
    assert torch.equal(
        encoder.layers[0].attention_norm(trace["embeddings.normalized"]), trace["layer.0.attention.normalized"]
    )
    assert trace["normalized"].shape == (2, 7, 24)


def test_the_embeddings_add_up(trace: Trace) -> None:
    total = trace["embeddings.token"] + trace["embeddings.position"] + trace["embeddings.segment"]
    assert torch.allclose(total, trace["embeddings.sum"], atol=1e-6)


def test_scores_weights_and_context_follow_from_query_key_and_value(encoder: Encoder, trace: Trace) -> None:
    for n in range(CONFIG.num_layers):
        step = {name.rpartition(".")[2]: value for name, value in trace.items() if f"layer.{n}.attention." in name}
        scores_BHTT = step["query"] @ step["key"].transpose(-1, -2) / 6**0.5
        assert torch.allclose(step["scores"], scores_BHTT, atol=1e-6)
        assert torch.allclose(step["weights"].sum(-1), torch.ones(2, 4, 7), atol=1e-6)
        assert torch.allclose(step["weights"] @ step["value"], step["context"], atol=1e-6)
        concatenated_BTD = torch.cat([step["context"][:, h] for h in range(4)], dim=-1)
        assert torch.equal(step["concatenated"], concatenated_BTD)


def test_nobody_looks_at_padding(trace: Trace) -> None:
    weights_HTT = trace["layer.0.attention.weights"][1]
    assert (weights_HTT[:, :, 3:] == 0).all()
    assert (weights_HTT[:, :, :3] > 0).all()


def test_residuals_and_normalisation_chain_the_layers(encoder: Encoder, trace: Trace) -> None:
    x_BTD = trace["embeddings.normalized"]
    for n, layer in enumerate(encoder.layers):
        name = f"layer.{n}"
        assert torch.equal(trace[f"{name}.attention.residual"], x_BTD + trace[f"{name}.attention.output"])
        attended_BTD = trace[f"{name}.attention.normalized"]
        assert torch.equal(attended_BTD, layer.attention_norm(trace[f"{name}.attention.residual"]))
        assert torch.equal(
            trace[f"{name}.feed_forward.activated"], torch.nn.functional.gelu(trace[f"{name}.feed_forward.hidden"])
        )
        assert torch.equal(trace[f"{name}.feed_forward.residual"], attended_BTD + trace[f"{name}.feed_forward.output"])
        x_BTD = trace[f"{name}.feed_forward.normalized"]
