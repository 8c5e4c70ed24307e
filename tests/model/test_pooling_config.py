from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.pooling_config import PoolingConfig

CONFIG = EncoderConfig(hidden_size=32, num_heads=4)


def modules(directory: Path, *kinds: str, pooling: dict[str, Any] | None = None) -> Path:
    paths = {"Transformer": "", "Pooling": "1_Pooling"}
    listed = [
        {"idx": place, "name": str(place), "path": paths.get(kind, f"{place}_{kind}"), "type": f"some.module.{kind}"}
        for place, kind in enumerate(kinds)
    ]
    (directory / "modules.json").write_text(json.dumps(listed))
    if pooling is not None:
        (directory / "1_Pooling").mkdir(exist_ok=True)
        (directory / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return directory


def test_a_plain_checkpoint_has_mean_pooling_and_no_limit_of_its_own(tmp_path: Path) -> None:
    assert PoolingConfig.load(tmp_path) == PoolingConfig(mode="mean", normalize=False, max_tokens=None)


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode_max_tokens": True}, "max"),
        ({"embedding_dimension": 32}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["max"]}, "max"),
    ],
)
def test_old_and_new_pooling_files_are_read(tmp_path: Path, values: dict[str, Any], mode: str) -> None:
    assert PoolingConfig.load(modules(tmp_path, "Transformer", "Pooling", pooling=values)).mode == mode


@pytest.mark.parametrize("mode", ["mean", "max", "cls"])
@pytest.mark.parametrize("normalize", [True, False])
def test_what_is_written_is_read_again(tmp_path: Path, mode: str, normalize: bool) -> None:
    config = PoolingConfig(
        mode=mode, normalize=normalize, max_tokens=128, prompts={"query": "query: "}, default_prompt="query"
    )
    config.save(tmp_path, CONFIG)
    assert PoolingConfig.load(tmp_path) == config


def test_normalisation_is_taken_from_the_modules(tmp_path: Path) -> None:
    assert PoolingConfig.load(modules(tmp_path, "Transformer", "Pooling", "Normalize", pooling={})).normalize
    assert not PoolingConfig.load(modules(tmp_path, "Transformer", "Pooling", pooling={})).normalize


def test_the_limit_of_tokens_is_the_sentence_limit_before_the_tokenizers(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 512}')
    assert PoolingConfig.load(tmp_path).max_tokens == 512
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 256}')
    assert PoolingConfig.load(tmp_path).max_tokens == 256
    (tmp_path / "sentence_bert_config.json").unlink()
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 1000000000000000019884624838656}')
    assert PoolingConfig.load(tmp_path).max_tokens is None


@pytest.mark.parametrize(
    ("kinds", "pooling", "message"),
    [
        (["Transformer", "Pooling", "Dense"], {}, "lists Transformer, Pooling, Dense; what can be read is"),
        (["Transformer"], None, "lists Transformer; what can be read is"),
        (["Transformer", "Pooling"], None, r"1_Pooling.config\.json is missing"),
        (["Transformer", "Pooling"], {"pooling_mode": "lasttoken"}, "asks for pooling lasttoken; .* mean, max, cls"),
        (
            ["Transformer", "Pooling"],
            {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
            r"asks for pooling cls \+ mean",
        ),
    ],
)
def test_modules_that_would_change_the_vector_are_never_skipped(
    tmp_path: Path, kinds: list[str], pooling: dict[str, Any] | None, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        PoolingConfig.load(modules(tmp_path, *kinds, pooling=pooling))


def test_a_damaged_list_of_modules_is_named(tmp_path: Path) -> None:
    for text in ("{", "[1]", '[{"type": "x.Transformer"}]'):
        (tmp_path / "modules.json").write_text(text)
        with pytest.raises(UserError, match=r"modules\.json is not a list of modules"):
            PoolingConfig.load(tmp_path)


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pooling 'median' is not one of mean, max, cls, pooler"):
        PoolingConfig(mode="median")
    with pytest.raises(UserError, match="'pooler' cannot be written for sentence-transformers"):
        PoolingConfig(mode="pooler").save(tmp_path, CONFIG)
