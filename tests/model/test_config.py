from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aisle.errors import UserError
from aisle.model.config import FAMILIES, EncoderConfig

BERT = {
    "model_type": "bert",
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 20,
}
DISTILBERT = {
    "model_type": "distilbert",
    "vocab_size": 100,
    "dim": 32,
    "n_layers": 2,
    "n_heads": 4,
    "hidden_dim": 64,
    "max_position_embeddings": 20,
    "activation": "relu",
    "attention_dropout": 0.3,
}


def test_the_defaults_are_bert_base() -> None:
    config = EncoderConfig()
    assert (config.num_layers, config.hidden_size, config.num_heads, config.head_size) == (12, 768, 12, 64)
    assert (config.feed_forward_size, config.max_tokens, config.position_offset) == (3072, 512, 0)


def test_distilbert_keys_are_read_under_the_common_names() -> None:
    config = EncoderConfig.from_hf(DISTILBERT)
    assert (config.hidden_size, config.num_layers, config.num_heads, config.feed_forward_size) == (32, 2, 4, 64)
    assert (config.hidden_act, config.attention_dropout, config.num_segments) == ("relu", 0.3, 0)


@pytest.mark.parametrize("family", ["roberta", "xlm-roberta", "camembert"])
def test_roberta_starts_counting_positions_after_the_padding_id(family: str) -> None:
    config = EncoderConfig.from_hf(BERT | {"model_type": family, "pad_token_id": 1, "max_position_embeddings": 514})
    assert (config.position_offset, config.max_tokens) == (2, 512)
    assert EncoderConfig.from_hf(BERT | {"model_type": family}).pad_id == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_written_is_read_again(tmp_path: Path, family: str) -> None:
    config = EncoderConfig(
        family=family,
        hidden_size=32,
        num_heads=4,
        hidden_act="gelu_new",
        num_segments=0 if family == "distilbert" else 1,
        pad_id=1,
        dropout=0.2,
    )
    config.save(tmp_path)
    assert EncoderConfig.load(tmp_path) == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"model_type": "mpnet"},
            "'mpnet' are not supported .*distance of two tokens.*use a checkpoint of type bert, ",
        ),
        ({"model_type": "albert"}, "'albert' are not supported .*shares one layer"),
        ({"model_type": "quux"}, "'quux' are not supported; use a checkpoint"),
        ({"model_type": None}, "names no model_type"),
        ({"is_decoder": True}, "set up as a decoder"),
        ({"position_embedding_type": "relative_key"}, "only 'absolute' position tables"),
        ({"hidden_act": "silu"}, "hidden_act 'silu' is not one of gelu, "),
        ({"num_attention_heads": 5}, "hidden_size 32 cannot be split over num_heads 5"),
        ({"num_hidden_layers": 0}, "num_layers is 0; it must be a whole number of at least 1"),
        ({"hidden_size": "32"}, "hidden_size is '32'"),
        ({"vocab_size": None}, "the key 'vocab_size' is missing"),
        ({"model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 2}, "leaves no position"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(BERT | changes))
    with pytest.raises(UserError, match=message) as caught:
        EncoderConfig.load(tmp_path)
    assert "config.json" in str(caught.value)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no config\.json"):
        EncoderConfig.load(tmp_path)
    (tmp_path / "config.json").write_text("{,")
    with pytest.raises(UserError, match=r"config\.json is not valid JSON"):
        EncoderConfig.load(tmp_path)
