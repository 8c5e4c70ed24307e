"""The weights of a checkpoint as numpy arrays under BERT's names, read and written.

Free of torch, but for `pytorch_model.bin`, a pickle that only torch can read.

Legend: D hidden size, F feed-forward size, P positions, S segments, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.names import from_bert, fused_parts, is_buffer, to_bert
from aisle.model.source import WEIGHT_FILES
from aisle.model.tensor_files import read_tensors, write_tensors
from aisle.text.tokenizer_files import read_json

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class CheckpointWeights:
    """The encoder's weights, and what else the file held."""

    weights: Weights
    """By BERT's names, whatever the family: `encoder.layer.0.attention.self.query.weight` and so on."""
    unused: tuple[str, ...]
    """Names in the file that are no part of an encoder: the heads of pre-training and of tasks."""

    @property
    def has_pooler(self) -> bool:
        """Whether the checkpoint has BERT's dense layer over the first token."""
        return "pooler.dense.weight" in self.weights


def read_weights(directory: str | Path) -> Weights:
    """The encoder's weights in float32, by BERT's names. See `read_checkpoint`."""
    return read_checkpoint(directory).weights


def read_checkpoint(directory: str | Path) -> CheckpointWeights:
    """Read `model.safetensors` (or its shards, or `pytorch_model.bin`) and check every shape against `config.json`.

    Prefixes (`bert.`, `roberta.`), LayerNorm's `gamma` and `beta`, a fused query-key-value matrix and DistilBERT's own
    names are all understood. Half-precision weights are widened to float32.

    Raises
        UserError: no weights, unreadable weights, or weights that are missing or do not fit the config.
    """
    folder = Path(directory)
    config = EncoderConfig.load(folder)
    weights: Weights = {}
    unused: list[str] = []
    for path in weight_files(folder):
        if path.suffix == ".json":
            continue
        for name, array in read_tensors(path):
            parts = fused_parts(name)
            bert_name = to_bert(name)
            if parts is not None:
                weights.update(zip(parts, np.array_split(array, 3), strict=True))
            elif bert_name is not None:
                weights[bert_name] = array
            elif not is_buffer(name):
                unused.append(name)
    _check_shapes(weights, config, folder)
    return CheckpointWeights(weights, tuple(sorted(unused)))


def write_weights(directory: Path, config: EncoderConfig, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Write `model.safetensors` with the names that the family's Hugging Face class has."""
    write_tensors(
        directory / "model.safetensors", {from_bert(name, config.family): array for name, array in weights.items()}
    )


def weight_files(directory: str | Path) -> list[Path]:
    """The files that hold a checkpoint's weights: one, or an index and its shards.

    Raises
        UserError: there is none, or a shard is missing.
    """
    folder = Path(directory)
    found = next((folder / name for name in WEIGHT_FILES if (folder / name).is_file()), None)
    if found is None:
        raise UserError(f"{folder} has no weights; one of {', '.join(WEIGHT_FILES)} is needed")
    if found.suffix != ".json":
        return [found]
    shards = [folder / name for name in sorted(set(read_json(found).get("weight_map", {}).values()))]
    missing = [shard.name for shard in shards if not shard.is_file()]
    if missing or not shards:
        raise UserError(f"{found} lists files that are not there: {', '.join(missing) or 'none at all'}")
    return [found, *shards]


def expected_shapes(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of an encoder, by BERT's names; the pooler, which may be absent, is not among them."""
    D, F = config.hidden_size, config.feed_forward_size
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config.vocab_size, D),
        "embeddings.position_embeddings.weight": (config.max_positions, D),
    }
    if config.num_segments:
        shapes["embeddings.token_type_embeddings.weight"] = (config.num_segments, D)
    norms = ["embeddings.LayerNorm"]
    linear: dict[str, tuple[int, int]] = {}
    for n in range(config.num_layers):
        layer = f"encoder.layer.{n}"
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        linear |= {f"{layer}.attention.self.{part}": (D, D) for part in ("query", "key", "value")}
        linear |= {f"{layer}.attention.output.dense": (D, D)}
        linear |= {f"{layer}.intermediate.dense": (F, D), f"{layer}.output.dense": (D, F)}
    if config.pre_norm:
        norms.append("encoder.LayerNorm")
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (D,), f"{name}.bias": (D,)}
    return shapes


def _check_shapes(weights: Weights, config: EncoderConfig, folder: Path) -> None:
    expected = expected_shapes(config)
    if "pooler.dense.weight" in weights:
        D = config.hidden_size
        expected |= {"pooler.dense.weight": (D, D), "pooler.dense.bias": (D,)}
    missing = sorted(expected.keys() - weights.keys())
    if missing:
        raise UserError(
            f"the weights in {folder} lack {len(missing)} of {len(expected)} tensors that config.json calls for, "
            f"{missing[0]} among them; config and weights do not belong together"
        )
    surplus = sorted(weights.keys() - expected.keys())
    if surplus:
        raise UserError(
            f"the weights in {folder} hold {surplus[0]} and {len(surplus) - 1} more that config.json has no place for; "
            "config and weights do not belong together"
        )
    for name, shape in expected.items():
        if weights[name].shape != shape:
            raise UserError(
                f"{name} in {folder} has shape {weights[name].shape}, and config.json calls for {shape}; "
                "config and weights do not belong together"
            )
