"""The heads of pre-training in checkpoint files: read beside an encoder's weights, written with them. Free of torch.

Hugging Face names them otherwise in every family.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.model.checkpoint import weight_files
from aisle.model.config import EncoderConfig
from aisle.model.names import from_bert
from aisle.model.tensor_files import read_tensors, write_tensors

_BERT = {
    "words.dense.weight": "cls.predictions.transform.dense.weight",
    "words.dense.bias": "cls.predictions.transform.dense.bias",
    "words.norm.weight": "cls.predictions.transform.LayerNorm.weight",
    "words.norm.bias": "cls.predictions.transform.LayerNorm.bias",
    "words.bias": "cls.predictions.bias",
    "next.dense.weight": "cls.seq_relationship.weight",
    "next.dense.bias": "cls.seq_relationship.bias",
}
_ROBERTA = {
    "words.dense.weight": "lm_head.dense.weight",
    "words.dense.bias": "lm_head.dense.bias",
    "words.norm.weight": "lm_head.layer_norm.weight",
    "words.norm.bias": "lm_head.layer_norm.bias",
    "words.bias": "lm_head.bias",
}
_DISTILBERT = {
    "words.dense.weight": "vocab_transform.weight",
    "words.dense.bias": "vocab_transform.bias",
    "words.norm.weight": "vocab_layer_norm.weight",
    "words.norm.bias": "vocab_layer_norm.bias",
    "words.bias": "vocab_projector.bias",
}
_FAMILIES = {"bert": _BERT, "distilbert": _DISTILBERT}
# What Hugging Face's pre-training classes put before the encoder's names.
_PREFIXES = {
    "bert": "bert.",
    "distilbert": "distilbert.",
    "roberta-prelayernorm": "roberta_prelayernorm.",
}
_CLASSES = {
    "bert": "BertForMaskedLM",
    "distilbert": "DistilBertForMaskedLM",
    "roberta": "RobertaForMaskedLM",
    "xlm-roberta": "XLMRobertaForMaskedLM",
    "camembert": "CamembertForMaskedLM",
    "roberta-prelayernorm": "RobertaPreLayerNormForMaskedLM",
}

Weights = Mapping[str, NDArray[np.float32]]


def head_names(family: str) -> dict[str, str]:
    """The name in a checkpoint of each weight of the heads: `words` (masked words) and `next` (next sentence)."""
    return _FAMILIES.get(family, _ROBERTA)


def read_heads(directory: Path, config: EncoderConfig) -> dict[str, NDArray[np.float32]]:
    """The weights of the heads that a checkpoint has, by the names of `head_names`; none where it has none."""
    ours = {there: here for here, there in head_names(config.family).items()}
    # Old checkpoints call the weight and bias of a LayerNorm gamma and beta.
    ours |= {
        there.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): here
        for there, here in ours.items()
    }
    files = [path for path in weight_files(directory) if path.suffix != ".json"]
    return {ours[name]: array for path in files for name, array in read_tensors(path) if name in ours}


def write_pretrained(directory: Path, config: EncoderConfig, encoder: Weights, heads: Weights) -> None:
    """Write `config.json` and `model.safetensors` for Hugging Face's class of the family that has these heads.

    `encoder` by BERT's names, `heads` by the names of `head_names`.
    """
    with_next = "next.dense.weight" in heads
    config.save(directory, architecture="BertForPreTraining" if with_next else _CLASSES[config.family])
    prefix = _PREFIXES.get(config.family, "roberta.")
    names = head_names(config.family)
    tensors = {prefix + from_bert(name, config.family): array for name, array in encoder.items()}
    write_tensors(directory / "model.safetensors", tensors | {names[name]: array for name, array in heads.items()})
