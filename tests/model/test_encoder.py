from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder

SMALL = EncoderConfig(
    vocab_size=60,
    hidden_size=32,
    num_layers=2,
    num_heads=4,
    feed_forward_size=64,
    max_positions=10,
    initializer_range=0.3,
)
# "I love machine learning" with BERT's vocabulary, as in the lecture.
LECTURE_IDS = [101, 1045, 2293, 3698, 4083, 102]


class Shapes(dict[str, tuple[int, ...]]):
    def record(self, name: str, value: Any) -> None:
        self[name] = tuple(value.shape)


def test_bert_base_has_the_shapes_that_the_papers_say() -> None:
    encoder = Encoder(EncoderConfig()).eval()
    shapes = Shapes()
    with torch.no_grad():
        hidden_BTD = encoder(torch.tensor([LECTURE_IDS]), recorder=shapes)
    assert hidden_BTD.shape == (1, 6, 768)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == 109_482_240
    assert len(encoder.layers) == 12
    assert shapes["embeddings.sum"] == (1, 6, 768)
    for n in range(12):
        assert shapes[f"layer.{n}.attention.query"] == (1, 12, 6, 64)
        assert shapes[f"layer.{n}.attention.weights"] == (1, 12, 6, 6)
        assert shapes[f"layer.{n}.attention.concatenated"] == (1, 6, 768)
        assert shapes[f"layer.{n}.feed_forward.activated"] == (1, 6, 3072)
        assert shapes[f"layer.{n}.feed_forward.normalized"] == (1, 6, 768)


def test_what_is_saved_is_loaded_bit_for_bit(tmp_path: Path) -> None:
    encoder = Encoder(SMALL).eval()
    encoder.save(tmp_path / "new" / "directory")
    again = Encoder.load(tmp_path / "new" / "directory")
    ids_BT = torch.tensor([[2, 5, 6, 3]])
    assert not again.training
    assert all(parameter.requires_grad for parameter in again.parameters())
    assert torch.equal(encoder(ids_BT), again(ids_BT))
    with torch.no_grad():
        again.embeddings.token.weight.zero_()  # its memory is its own, not the file's
    assert torch.equal(Encoder.load(tmp_path / "new" / "directory")(ids_BT), encoder(ids_BT))


def test_a_checkpoint_without_pooler_stays_without(tmp_path: Path) -> None:
    Encoder(SMALL, with_pooler=False).save(tmp_path)
    assert Encoder.load(tmp_path).pooler is None


def test_a_half_precision_encoder_is_saved_as_float32(tmp_path: Path) -> None:
    encoder = Encoder(SMALL).bfloat16()
    encoder.save(tmp_path)
    weight = Encoder.load(tmp_path).embeddings.token.weight
    assert weight.dtype == torch.float32
    assert torch.equal(weight, encoder.embeddings.token.weight.float())


def test_segments_matter_and_are_zero_by_default() -> None:
    encoder = Encoder(SMALL).eval()
    ids_BT = torch.tensor([[2, 5, 3, 6, 3]])
    zeros_BT = torch.zeros_like(ids_BT)
    assert torch.equal(encoder(ids_BT), encoder(ids_BT, zeros_BT))
    assert not torch.equal(encoder(ids_BT), encoder(ids_BT, zeros_BT + 1))


def test_what_stands_in_the_padding_does_not_matter() -> None:
    encoder = Encoder(SMALL).eval()
    mask_BT = torch.tensor([[1, 1, 1, 0, 0]])
    one = encoder(torch.tensor([[2, 5, 3, 0, 0]]), None, mask_BT)[:, :3]
    other = encoder(torch.tensor([[2, 5, 3, 9, 9]]), None, mask_BT)[:, :3]
    assert torch.equal(one, other)


def test_more_tokens_than_positions_are_refused() -> None:
    encoder = Encoder(SMALL)
    encoder(torch.zeros(1, 10, dtype=torch.long))
    with pytest.raises(UserError, match="a text has 11 tokens, and the encoder has positions for 10"):
        encoder(torch.zeros(1, 11, dtype=torch.long))


def test_dropout_works_in_training_only() -> None:
    encoder = Encoder(SMALL)
    ids_BT = torch.tensor([[2, 5, 6, 3]])
    assert not torch.equal(encoder(ids_BT), encoder(ids_BT))
    encoder.eval()
    assert torch.equal(encoder(ids_BT), encoder(ids_BT))


def test_every_weight_gets_a_gradient() -> None:
    encoder = Encoder(SMALL)
    assert encoder.pooler is not None
    encoder.pooler(encoder(torch.arange(8)[None])).sum().backward()
    missing = [name for name, parameter in encoder.named_parameters() if parameter.grad is None]
    assert missing == []


def test_fresh_weights_are_bert_s() -> None:
    torch.manual_seed(0)
    encoder = Encoder(EncoderConfig(vocab_size=500, hidden_size=64, num_layers=1, num_heads=2))
    assert abs(encoder.embeddings.token.weight.std().item() - 0.02) < 0.001
    assert encoder.layers[0].get_parameter("attention.query.bias").abs().max() == 0
    assert torch.equal(encoder.embeddings.norm.weight, torch.ones(64))
