"""What checkpoints call the weights of an encoder, and what this package calls them. Free of torch.

BERT's names are the common ground: every family's checkpoint is read into them (`to_bert`) and written from them
(`from_bert`), and the modules of this package, which are named after the papers, map to them one to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Module here, in BERT's checkpoints, in DistilBERT's. A weight's name is its module's with `.weight` or `.bias`. The
# last is there in pre-norm encoders only.
_LAYER, _DISTIL_LAYER = "encoder.layer.{n}", "transformer.layer.{n}"
_MODULES = (
    ("embeddings.token", "embeddings.word_embeddings", "embeddings.word_embeddings"),
    ("embeddings.position", "embeddings.position_embeddings", "embeddings.position_embeddings"),
    ("embeddings.segment", "embeddings.token_type_embeddings", None),
    ("embeddings.norm", "embeddings.LayerNorm", "embeddings.LayerNorm"),
    ("layers.{n}.attention.query", f"{_LAYER}.attention.self.query", f"{_DISTIL_LAYER}.attention.q_lin"),
    ("layers.{n}.attention.key", f"{_LAYER}.attention.self.key", f"{_DISTIL_LAYER}.attention.k_lin"),
    ("layers.{n}.attention.value", f"{_LAYER}.attention.self.value", f"{_DISTIL_LAYER}.attention.v_lin"),
    ("layers.{n}.attention.output", f"{_LAYER}.attention.output.dense", f"{_DISTIL_LAYER}.attention.out_lin"),
    ("layers.{n}.attention_norm", f"{_LAYER}.attention.output.LayerNorm", f"{_DISTIL_LAYER}.sa_layer_norm"),
    ("layers.{n}.feed_forward.hidden", f"{_LAYER}.intermediate.dense", f"{_DISTIL_LAYER}.ffn.lin1"),
    ("layers.{n}.feed_forward.output", f"{_LAYER}.output.dense", f"{_DISTIL_LAYER}.ffn.lin2"),
    ("layers.{n}.feed_forward_norm", f"{_LAYER}.output.LayerNorm", f"{_DISTIL_LAYER}.output_layer_norm"),
    ("pooler.dense", "pooler.dense", None),
    ("norm", "encoder.LayerNorm", None),
)
# Where a pre-norm checkpoint (RoBERTa-PreLayerNorm) calls a module otherwise than BERT's.
_BERT_TO_PRE_NORM = {
    f"{_LAYER}.attention.output.LayerNorm": f"{_LAYER}.attention.LayerNorm",
    f"{_LAYER}.output.LayerNorm": f"{_LAYER}.intermediate.LayerNorm",
    "encoder.LayerNorm": "LayerNorm",
}

_PREFIXES = (
    "bert.",
    "roberta.",
    "roberta_prelayernorm.",
    "distilbert.",
    "encoder_model.",
    "model.",
    "0.auto_model.",
    "auto_model.",
)
_FUSED = re.compile(r"(encoder\.layer\.\d+\.attention\.self)\.(?:qkv|Wqkv|query_key_value)\.(weight|bias)")
# Tables that are computed and not learned; older checkpoints carry them along.
_BUFFERS = re.compile(r"embeddings\.(position_ids|token_type_ids)")


def _numbered(name: str) -> str:
    return re.sub(r"\.\d+\.", ".{n}.", name, count=1)


def _rename(name: str, modules: dict[str, str]) -> str | None:
    """A weight's name after a mapping of module names; None for a module that the mapping does not have."""
    module, _, parameter = name.rpartition(".")
    target = modules.get(_numbered(module))
    if target is None:
        return None
    layer = re.search(r"\.(\d+)\.", module)
    return f"{target.format(n=layer.group(1) if layer else '')}.{parameter}"


_OURS_TO_BERT = {ours: bert for ours, bert, _ in _MODULES}
_BERT_TO_OURS = {bert: ours for ours, bert, _ in _MODULES}
_BERT_TO_DISTILBERT = {bert: distil for _, bert, distil in _MODULES if distil}
_DISTILBERT_TO_BERT = {distil: bert for bert, distil in _BERT_TO_DISTILBERT.items()}
_BERT_TO_BERT = {bert: bert for bert in _BERT_TO_OURS}
_PRE_NORM_TO_BERT = {there: bert for bert, there in _BERT_TO_PRE_NORM.items()}
_BERT_TO_FAMILY = {
    "distilbert": _BERT_TO_DISTILBERT,
    "roberta-prelayernorm": _BERT_TO_BERT | _BERT_TO_PRE_NORM,
}


def to_bert(name: str) -> str | None:
    """BERT's name for a weight, from the name in a checkpoint of any family; None for what is no part of the encoder.

    Prefixes that task models put in front are dropped; LayerNorm's old `gamma` and `beta` become `weight` and `bias`.
    """
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    if name.endswith(("norm.gamma", "Norm.gamma", "norm.beta", "Norm.beta")):
        name = name.replace("gamma", "weight").replace("beta", "bias")
    return next(
        filter(None, (_rename(name, known) for known in (_BERT_TO_BERT, _DISTILBERT_TO_BERT, _PRE_NORM_TO_BERT))), None
    )


def from_bert(name: str, family: str) -> str:
    """The name that a family's checkpoint has for a weight of BERT's name."""
    renamed = _rename(name, _BERT_TO_FAMILY.get(family, _BERT_TO_BERT))
    assert renamed is not None, f"{family} has no weight for {name}"
    return renamed


def to_modules(name: str) -> str:
    """The name of a parameter of `aisle.model.encoder.Encoder`, from BERT's name."""
    renamed = _rename(name, _BERT_TO_OURS)
    assert renamed is not None, f"{name} is not one of BERT's names"
    return renamed


def from_modules(name: str) -> str:
    """BERT's name, from the name of a parameter of `aisle.model.encoder.Encoder`."""
    renamed = _rename(name, _OURS_TO_BERT)
    assert renamed is not None, f"{name} is not a parameter of an encoder"
    return renamed


def fused_parts(name: str) -> Iterator[str] | None:
    """BERT's names of query, key and value, where a checkpoint keeps the three as one matrix; else None."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    match = _FUSED.fullmatch(name)
    return (f"{match[1]}.{part}.{match[2]}" for part in ("query", "key", "value")) if match else None


def is_buffer(name: str) -> bool:
    """Whether an entry of a checkpoint is a computed table."""
    return _BUFFERS.search(name) is not None
