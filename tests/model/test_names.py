from __future__ import annotations

import pytest

from aisle.model.checkpoint import expected_shapes
from aisle.model.config import FAMILIES, EncoderConfig
from aisle.model.names import from_bert, from_modules, fused_parts, is_buffer, to_bert, to_modules

NAMES = [*expected_shapes(EncoderConfig(num_layers=11)), "pooler.dense.weight", "pooler.dense.bias"]


@pytest.mark.parametrize("family", FAMILIES)
def test_names_go_to_every_family_and_back(family: str) -> None:
    for name in NAMES:
        if family != "distilbert" or not name.startswith(("pooler", "embeddings.token_type")):
            assert to_bert(from_bert(name, family)) == name


def test_names_go_to_the_modules_and_back() -> None:
    ours = [to_modules(name) for name in NAMES]
    assert len(set(ours)) == len(NAMES)
    assert [from_modules(name) for name in ours] == NAMES
    assert "layers.10.attention.query.weight" in ours
    assert "layers.10.feed_forward.hidden.bias" in ours


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bert.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"),
        ("roberta.encoder.layer.3.output.dense.bias", "encoder.layer.3.output.dense.bias"),
        ("0.auto_model.encoder.layer.3.output.dense.bias", "encoder.layer.3.output.dense.bias"),
        ("embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight"),
        ("bert.encoder.layer.0.output.LayerNorm.beta", "encoder.layer.0.output.LayerNorm.bias"),
        ("distilbert.transformer.layer.2.ffn.lin1.weight", "encoder.layer.2.intermediate.dense.weight"),
        ("distilbert.transformer.layer.2.sa_layer_norm.bias", "encoder.layer.2.attention.output.LayerNorm.bias"),
        ("cls.predictions.bias", None),
        ("lm_head.dense.weight", None),
        ("classifier.weight", None),
    ],
)
def test_variants_are_understood_and_heads_are_not_taken_for_the_encoder(name: str, expected: str | None) -> None:
    assert to_bert(name) == expected


def test_a_fused_matrix_names_its_three_parts() -> None:
    parts = fused_parts("bert.encoder.layer.4.attention.self.qkv.weight")
    assert parts is not None
    assert list(parts) == [f"encoder.layer.4.attention.self.{part}.weight" for part in ("query", "key", "value")]
    assert fused_parts("encoder.layer.4.attention.self.query.weight") is None


def test_computed_tables_are_no_weights() -> None:
    assert is_buffer("bert.embeddings.position_ids")
    assert not is_buffer("bert.embeddings.position_embeddings.weight")
