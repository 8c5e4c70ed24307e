"""The weights of a BART checkpoint as numpy arrays under this package's names, read and written. Free of torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.checkpoint import Weights, weight_files
from aisle.model.encoder_decoder_config import UNUSED_POSITIONS
from aisle.model.tensor_files import read_tensors, write_tensors

# Module here and in BART's checkpoints, those of a layer with `{n}`.
_MODULES = (
    ("encoder.embeddings.token", "shared"),
    ("encoder.embeddings.position", "encoder.embed_positions"),
    ("encoder.embeddings.norm", "encoder.layernorm_embedding"),
    ("position", "decoder.embed_positions"),
    ("norm", "decoder.layernorm_embedding"),
)
_LAYER_MODULES = (
    ("attention.query", "self_attn.q_proj"),
    ("attention.key", "self_attn.k_proj"),
    ("attention.value", "self_attn.v_proj"),
    ("attention.output", "self_attn.out_proj"),
    ("attention_norm", "self_attn_layer_norm"),
    ("cross_attention.query", "encoder_attn.q_proj"),
    ("cross_attention.key", "encoder_attn.k_proj"),
    ("cross_attention.value", "encoder_attn.v_proj"),
    ("cross_attention.output", "encoder_attn.out_proj"),
    ("cross_attention_norm", "encoder_attn_layer_norm"),
    ("feed_forward.hidden", "fc1"),
    ("feed_forward.output", "fc2"),
    ("feed_forward_norm", "final_layer_norm"),
)
_TO_BART = dict(_MODULES) | {
    f"{ours}layers.{{n}}.{module}": f"{theirs}.layers.{{n}}.{name}"
    for ours, theirs in (("encoder.", "encoder"), ("", "decoder"))
    for module, name in _LAYER_MODULES
}


def read_encoder_decoder_weights(directory: str | Path, shapes: Mapping[str, tuple[int, ...]]) -> Weights:
    """The weights in float32, by the names of `aisle.model.encoder_decoder.EncoderDecoder`, of these shapes.

    Raises
        UserError: no weights, unreadable weights, or weights that are missing or do not fit.
    """
    folder = Path(directory)
    given: Weights = {}
    for path in weight_files(folder):
        if path.suffix != ".json":
            given |= {name.removeprefix("model."): array for name, array in read_tensors(path)}
    if np.any(given.get("final_logits_bias", 0)):
        raise UserError(f"the weights in {folder} have a final_logits_bias other than 0, which is not read")
    # Where the table is stored under one of its other names only.
    for alias in ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"):
        if alias in given:
            given.setdefault("shared.weight", given[alias])
    weights: Weights = {}
    for name, shape in shapes.items():
        array = given.get(to_bart(name))
        if array is None:
            raise UserError(f"the weights in {folder} lack {to_bart(name)}, which config.json calls for")
        if to_bart(name).endswith("embed_positions.weight"):
            array = array[UNUSED_POSITIONS:]
        if array.shape != shape:
            raise UserError(
                f"{to_bart(name)} in {folder} has shape {array.shape}, and config.json calls for {shape}; "
                "config and weights do not belong together"
            )
        weights[name] = array
    return weights


def write_encoder_decoder_weights(directory: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Write `model.safetensors` with the names that Hugging Face's BartForConditionalGeneration has."""
    tensors: Weights = {}
    for name, array in weights.items():
        bart = to_bart(name)
        if bart.endswith("embed_positions.weight"):
            array = np.concatenate([np.zeros((UNUSED_POSITIONS, array.shape[1]), np.float32), array])
        tensors[f"model.{bart}"] = array
    tensors["final_logits_bias"] = np.zeros((1, len(weights["encoder.embeddings.token.weight"])), np.float32)
    write_tensors(directory / "model.safetensors", tensors)


def to_bart(name: str) -> str:
    """BART's name for a parameter of `EncoderDecoder`."""
    module, _, parameter = name.rpartition(".")
    layer = re.search(r"layers\.(\d+)\.", module)
    target = _TO_BART.get(re.sub(r"layers\.\d+\.", "layers.{n}.", module))
    assert target is not None, f"{name} is not a parameter of an encoder–decoder"
    return f"{target.format(n=layer.group(1) if layer else '')}.{parameter}"
