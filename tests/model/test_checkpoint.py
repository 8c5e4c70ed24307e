from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from aisle.errors import UserError
from aisle.model.checkpoint import Weights, expected_shapes, read_checkpoint, read_weights, weight_files, write_weights
from aisle.model.config import EncoderConfig

CONFIG = EncoderConfig(vocab_size=30, hidden_size=8, num_layers=2, num_heads=2, feed_forward_size=16, max_positions=12)


@pytest.fixture
def weights() -> Weights:
    random = np.random.default_rng(0)
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in expected_shapes(CONFIG).items()}


@pytest.fixture
def directory(tmp_path: Path, weights: Weights) -> Path:
    CONFIG.save(tmp_path)
    write_weights(tmp_path, CONFIG, weights)
    return tmp_path


def as_torch(weights: Weights) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array.copy()) for name, array in weights.items()}


def assert_equal(found: Weights, expected: Weights) -> None:
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_what_is_written_is_read_again(directory: Path, weights: Weights) -> None:
    checkpoint = read_checkpoint(directory)
    assert_equal(checkpoint.weights, weights)
    assert checkpoint.unused == ()
    assert not checkpoint.has_pooler


def test_distilbert_is_written_with_its_own_names_and_read_under_the_common_ones(tmp_path: Path) -> None:
    config = EncoderConfig(family="distilbert", vocab_size=9, hidden_size=8, num_layers=1, num_heads=2, num_segments=0)
    config.save(tmp_path)
    weights = {name: np.ones(shape, np.float32) for name, shape in expected_shapes(config).items()}
    write_weights(tmp_path, config, weights)
    assert b"transformer.layer.0.ffn.lin1.weight" in (tmp_path / "model.safetensors").read_bytes()[:5000]
    assert_equal(read_weights(tmp_path), weights)


def test_weights_are_mapped_from_the_file_and_survive_its_replacement(directory: Path, weights: Weights) -> None:
    found = read_weights(directory)
    with pytest.raises(ValueError, match="read-only"):
        found["embeddings.LayerNorm.bias"][0] = 1
    write_weights(directory, CONFIG, {name: array * 2 for name, array in weights.items()})
    assert_equal(found, weights)
    assert sorted(path.name for path in directory.iterdir()) == ["config.json", "model.safetensors"]


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions_are_read_as_float32(directory: Path, weights: Weights, kind: torch.dtype) -> None:
    tensors = {name: tensor.to(kind) for name, tensor in as_torch(weights).items()}
    save_file(tensors, directory / "model.safetensors")
    assert_equal(read_weights(directory), {name: tensor.float().numpy() for name, tensor in tensors.items()})


def test_a_fused_query_key_value_matrix_is_split(directory: Path, weights: Weights) -> None:
    fused = dict(weights)
    for n in range(CONFIG.num_layers):
        for kind in ("weight", "bias"):
            name = f"encoder.layer.{n}.attention.self"
            fused[f"{name}.qkv.{kind}"] = np.concatenate(
                [fused.pop(f"{name}.{p}.{kind}") for p in ("query", "key", "value")]
            )
    save_file(as_torch(fused), directory / "model.safetensors")
    assert_equal(read_weights(directory), weights)


def test_buffers_are_ignored_and_heads_are_reported(directory: Path, weights: Weights) -> None:
    extra = {"embeddings.position_ids": torch.arange(12)[None], "cls.predictions.bias": torch.zeros(30)}
    save_file(as_torch(weights) | extra, directory / "model.safetensors")
    checkpoint = read_checkpoint(directory)
    assert_equal(checkpoint.weights, weights)
    assert checkpoint.unused == ("cls.predictions.bias",)


def test_shards_are_put_together(directory: Path, weights: Weights) -> None:
    (directory / "model.safetensors").unlink()
    names = list(weights)
    shards = {"model-1.safetensors": names[:7], "model-2.safetensors": names[7:]}
    for file, part in shards.items():
        save_file(as_torch({name: weights[name] for name in part}), directory / file)
    index = {"weight_map": {name: file for file, part in shards.items() for name in part}}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index))
    assert_equal(read_weights(directory), weights)
    (directory / "model-2.safetensors").unlink()
    with pytest.raises(UserError, match=r"lists files that are not there: model-2\.safetensors"):
        weight_files(directory)


def test_the_old_pickle_is_read(directory: Path, weights: Weights) -> None:
    (directory / "model.safetensors").unlink()
    torch.save(as_torch(weights), directory / "pytorch_model.bin")
    assert_equal(read_weights(directory), weights)


class Mischief:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("mischief",)


def test_a_pickle_that_would_run_code_is_refused(
    directory: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    (directory / "model.safetensors").unlink()
    torch.save({"weights": Mischief()}, directory / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"pytorch_model\.bin is no sound table of weights"):
        read_weights(directory)
    (directory / "pytorch_model.bin").write_bytes(pickle.dumps(Mischief()))
    with pytest.raises(UserError, match=r"pytorch_model\.bin is no sound table of weights"):
        read_weights(directory)
    torch.save(torch.zeros(3), directory / "pytorch_model.bin")
    with pytest.raises(UserError, match="holds a Tensor where a table of weights is needed"):
        read_weights(directory)
    assert not (directory / "mischief").exists()


@pytest.mark.parametrize("keep", [0, 5, 8, 200, -1])
def test_a_truncated_file_is_refused(directory: Path, keep: int) -> None:
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(
        UserError, match=r"model\.safetensors is not a sound safetensors file .* copy or download it again"
    ):
        read_weights(directory)


def test_weights_that_do_not_fit_the_config_are_refused(directory: Path, weights: Weights) -> None:
    write_weights(directory, CONFIG, weights | {"embeddings.LayerNorm.bias": np.zeros(9, np.float32)})
    with pytest.raises(UserError, match=r"embeddings\.LayerNorm\.bias in .* has shape \(9,\), and .* calls for \(8,\)"):
        read_weights(directory)
    del weights["encoder.layer.1.output.dense.bias"]
    write_weights(directory, CONFIG, weights)
    with pytest.raises(UserError, match=r"lack 1 of \d+ tensors .* encoder\.layer\.1\.output\.dense\.bias among them"):
        read_weights(directory)


def test_layers_that_the_config_does_not_know_are_refused(directory: Path, weights: Weights) -> None:
    EncoderConfig(vocab_size=30, hidden_size=8, num_layers=1, num_heads=2, feed_forward_size=16, max_positions=12).save(
        directory
    )
    with pytest.raises(UserError, match=r"hold encoder\.layer\.1\..* and 15 more that config\.json has no place for"):
        read_weights(directory)


def test_missing_weights_are_named(directory: Path) -> None:
    (directory / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"has no weights; one of model\.safetensors, .*pytorch_model\.bin is needed"):
        read_weights(directory)
