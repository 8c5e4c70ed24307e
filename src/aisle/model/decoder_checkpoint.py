"""The weights of a GPT-2 checkpoint as numpy arrays under this package's names, read and written. Free of torch.

GPT-2 keeps its matrices the other way round (input by output) and query, key and value as one; both are undone here.

Legend: D hidden size, F feed-forward size, P positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.checkpoint import Weights, weight_files
from aisle.model.decoder_config import DecoderConfig
from aisle.model.tensor_files import read_tensors, write_tensors

# Module here, in GPT-2's checkpoints, and whether its matrix lies the other way round there.
_MODULES = (
    ("token", "wte", False),
    ("position", "wpe", False),
    ("norm", "ln_f", False),
)
_LAYER_MODULES = (
    ("attention_norm", "ln_1", False),
    ("attention.output", "attn.c_proj", True),
    ("feed_forward_norm", "ln_2", False),
    ("feed_forward.hidden", "mlp.c_fc", True),
    ("feed_forward.output", "mlp.c_proj", True),
)
_PARTS = ("query", "key", "value")


def read_decoder_weights(directory: str | Path, config: DecoderConfig) -> Weights:
    """The decoder's weights in float32, by the names of `aisle.model.decoder.Decoder`; shapes are checked.

    Raises
        UserError: no weights, unreadable weights, or weights that are missing or do not fit the config.
    """
    folder = Path(directory)
    given: Weights = {}
    for path in weight_files(folder):
        if path.suffix != ".json":
            given |= {name.removeprefix("transformer."): array for name, array in read_tensors(path)}
    weights: Weights = {}
    for ours, theirs, turned in _pairs(config):
        for parameter in ("weight", "bias"):
            array = given.get(f"{theirs}.{parameter}")
            if array is not None:
                weights[f"{ours}.{parameter}"] = array.T if turned and parameter == "weight" else array
    for n in range(config.num_layers):
        for parameter in ("weight", "bias"):
            fused = given.get(f"h.{n}.attn.c_attn.{parameter}")
            if fused is not None:
                for part, array in zip(_PARTS, np.array_split(fused, 3, axis=-1), strict=True):
                    weights[f"layers.{n}.attention.{part}.{parameter}"] = array.T
    expected = decoder_shapes(config)
    for name, shape in expected.items():
        if name not in weights:
            raise UserError(
                f"the weights in {folder} lack {name}, which config.json calls for; they do not belong to it"
            )
        if weights[name].shape != shape:
            raise UserError(
                f"{name} in {folder} has shape {weights[name].shape}, and config.json calls for {shape}; "
                "config and weights do not belong together"
            )
    return {name: weights[name] for name in expected}


def write_decoder_weights(directory: Path, config: DecoderConfig, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Write `model.safetensors` as Hugging Face's GPT2LMHeadModel does."""
    tensors: Weights = {}
    for ours, theirs, turned in _pairs(config):
        for parameter in ("weight", "bias"):
            array = weights.get(f"{ours}.{parameter}")
            if array is not None:
                tensors[f"transformer.{theirs}.{parameter}"] = array.T if turned and parameter == "weight" else array
    for n in range(config.num_layers):
        for parameter in ("weight", "bias"):
            parts = [weights[f"layers.{n}.attention.{part}.{parameter}"].T for part in _PARTS]
            tensors[f"transformer.h.{n}.attn.c_attn.{parameter}"] = np.concatenate(parts, axis=-1)
    write_tensors(directory / "model.safetensors", tensors)


def decoder_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of a decoder."""
    D, F = config.hidden_size, config.feed_forward_size
    shapes: dict[str, tuple[int, ...]] = {
        "token.weight": (config.vocab_size, D),
        "position.weight": (config.max_positions, D),
    }
    norms = ["norm"]
    linear: dict[str, tuple[int, int]] = {}
    for n in range(config.num_layers):
        layer = f"layers.{n}"
        norms += [f"{layer}.attention_norm", f"{layer}.feed_forward_norm"]
        linear |= {f"{layer}.attention.{part}": (D, D) for part in (*_PARTS, "output")}
        linear |= {f"{layer}.feed_forward.hidden": (F, D), f"{layer}.feed_forward.output": (D, F)}
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (D,), f"{name}.bias": (D,)}
    return shapes


def _pairs(config: DecoderConfig) -> list[tuple[str, str, bool]]:
    pairs = list(_MODULES)
    for n in range(config.num_layers):
        pairs += [(f"layers.{n}.{ours}", f"h.{n}.{theirs}", turned) for ours, theirs, turned in _LAYER_MODULES]
    return pairs
