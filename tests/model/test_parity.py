"""The encoder computes what Hugging Face's computes, and each reads what the other wrote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.model.checkpoint import read_checkpoint
from aisle.model.encoder import Encoder
from aisle.model.pooling import pool
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.text.tokenizer import Tokenizer

FAMILIES = [
    "BERT, uncased",
    "BERT, cased",
    "BERT, tanh GELU",
    "MiniLM shape",
    "DistilBERT",
    "RoBERTa",
    "XLM-R",
    "CamemBERT",
    "RoBERTa-PreLayerNorm",
]
CLOSE = 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_and_both_directions_agree_with_hugging_face(
    parity: ModuleType, families: dict[str, Path], family: str
) -> None:
    found = parity.compare(families[family])
    assert found.same_ids
    assert found.layers <= CLOSE
    assert found.last_hidden <= CLOSE
    assert found.back <= CLOSE
    if family == "DistilBERT":
        assert found.pooled is None
    else:
        assert found.pooled <= CLOSE


def test_the_families_tested_are_the_families_made(families: dict[str, Path]) -> None:
    assert list(families) == FAMILIES


def test_the_real_minilm_agrees_with_hugging_face(parity: ModuleType) -> None:
    try:
        directory = find_checkpoint("minilm")
    except UserError as error:
        pytest.skip(str(error))
    found = parity.compare(directory)
    assert found.same_ids
    assert max(found.layers, found.last_hidden, found.pooled, found.back) <= CLOSE


@pytest.mark.parametrize("family", ["BERT, cased", "DistilBERT", "RoBERTa"])
def test_hugging_face_finds_every_weight_in_what_is_saved_and_none_too_many(
    parity: ModuleType, families: dict[str, Path], tmp_path: Path, family: str
) -> None:
    Encoder.load(families[family]).save(tmp_path)
    auto = parity.transformers.AutoModel
    model, report = auto.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(report.values())
    original = auto.from_pretrained(families[family]).state_dict()
    saved = model.state_dict()
    assert saved.keys() == original.keys()
    assert all(torch.equal(saved[name], original[name]) for name in saved)


def rewritten(source: Path, target: Path, rename: Any, *, as_pickle: bool) -> Path:
    """The same checkpoint with its weights under other names, and in the old file format if wanted."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(source, target)
    state = {rename(name): tensor for name, tensor in load_file(source / "model.safetensors").items()}
    if as_pickle:
        (target / "model.safetensors").unlink()
        torch.save(state, target / "pytorch_model.bin")
    else:
        save_file(state, target / "model.safetensors")
    return target


VARIANTS = {
    "gamma and beta": (
        "BERT, uncased",
        lambda n: n.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"),
    ),
    "bert. in front": ("BERT, uncased", lambda n: f"bert.{n}"),
    "roberta. in front": ("RoBERTa", lambda n: f"roberta.{n}"),
    "distilbert. in front": ("DistilBERT", lambda n: f"distilbert.{n}"),
}


@pytest.mark.parametrize("as_pickle", [False, True], ids=["safetensors", "bin"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_of_names_and_files_are_read_alike(
    families: dict[str, Path], tmp_path: Path, variant: str, as_pickle: bool
) -> None:
    family, rename = VARIANTS[variant]
    changed = read_checkpoint(rewritten(families[family], tmp_path / "changed", rename, as_pickle=as_pickle))
    original = read_checkpoint(families[family])
    assert changed.unused == original.unused == ()
    assert changed.weights.keys() == original.weights.keys()
    assert all(np.array_equal(changed.weights[name], original.weights[name]) for name in original.weights)


def test_a_pre_training_checkpoint_is_read_and_its_heads_are_named(parity: ModuleType, tmp_path: Path) -> None:
    config = parity.transformers.BertConfig(vocab_size=40, max_position_embeddings=16, **parity.SHAPE)
    model = parity.transformers.BertForPreTraining(config).eval()
    model.save_pretrained(tmp_path)
    encoder = Encoder.load(tmp_path)
    assert encoder.pooler is not None
    assert "cls.predictions.transform.dense.weight" in encoder.unused_weights
    ids_BT = torch.tensor([[2, 7, 8, 3]])
    with torch.no_grad():
        assert (encoder(ids_BT) - model.bert(ids_BT).last_hidden_state).abs().max() <= CLOSE


@pytest.mark.parametrize("pooling", ["mean", "max", "cls"])
@pytest.mark.parametrize("family", ["BERT, cased", "RoBERTa"])
def test_sentence_transformers_loads_what_is_saved_and_gives_the_same_vectors(
    parity: ModuleType, families: dict[str, Path], tmp_path: Path, pooling: str, family: str
) -> None:
    from sentence_transformers import SentenceTransformer

    encoder, tokenizer = Encoder.load(families[family]), Tokenizer.load(families[family])
    config = PoolingConfig(mode=pooling, normalize=pooling != "max", max_tokens=20)
    encoder.save(tmp_path)
    tokenizer.save(tmp_path)
    config.save(tmp_path, encoder.config)

    vectors_ND = []
    for ids in tokenizer.encode_batch(parity.TEXTS, max_tokens=20).ids:
        with torch.no_grad():
            vectors_ND.append(pool(encoder(torch.tensor([ids])), None, pooling)[0])
    ours = torch.stack(vectors_ND)
    if config.normalize:
        ours = torch.nn.functional.normalize(ours)
    model = SentenceTransformer(str(tmp_path), device="cpu")
    theirs = torch.from_numpy(model.encode(parity.TEXTS))
    assert (ours - theirs).abs().max() <= CLOSE

    # And back: the layout that sentence-transformers writes today.
    model.save(str(tmp_path / "theirs"))
    assert PoolingConfig.load(tmp_path / "theirs").mode == pooling
    assert PoolingConfig.load(tmp_path / "theirs").normalize == config.normalize
    assert PoolingConfig.load(tmp_path / "theirs").max_tokens == 20
    again = Encoder.load(tmp_path / "theirs").state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in encoder.state_dict().items())
    same = Tokenizer.load(tmp_path / "theirs").encode_batch(parity.TEXTS)
    assert same.ids == tokenizer.encode_batch(parity.TEXTS).ids


def test_the_config_is_understood_as_it_was_meant(
    parity: ModuleType, families: dict[str, Path], tmp_path: Path
) -> None:
    for family, directory in families.items():
        encoder = Encoder.load(directory)
        encoder.config.save(tmp_path)
        written = json.loads((tmp_path / "config.json").read_text())
        theirs = parity.transformers.AutoConfig.from_pretrained(directory).to_dict()
        differing = {key for key, value in written.items() if key != "architectures" and theirs.get(key) != value}
        assert differing == set(), family
