"""The shape of an encoder, read from and written to Hugging Face's `config.json`. Free of torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.model.config_file import check_layers, load_config

# Families by `model_type`. docs/models.md says why these and no others.
FAMILIES = ("bert", "distilbert", "roberta", "xlm-roberta", "camembert", "roberta-prelayernorm")
_ROBERTA_LIKE = ("roberta", "xlm-roberta", "camembert", "roberta-prelayernorm")

# Why a checkpoint that people are likely to try does not load.
_REASONS_AGAINST = {
    "mpnet": "it adds a learned bias for the distance of two tokens to every attention score",
    "albert": "it shares one layer among all and factorises the embedding",
    "electra": "it embeds tokens in another size than its layers have",
    "deberta": "its attention is split into content and position",
    "deberta-v2": "its attention is split into content and position",
    "modernbert": "it has rotary positions, gated feed-forward blocks and local attention",
    "t5": "it is an encoder-decoder",
    "bart": "it is an encoder-decoder",
    "gpt2": "it is a decoder",
    "word-average": "it averages word vectors and has no layers",
    "word-dan": "it has dense layers over word vectors and no attention",
    "word-bilstm": "it has an LSTM over word vectors and no attention",
}

# Where a DistilBERT config calls a thing otherwise.
_DISTILBERT_KEYS = {
    "hidden_size": "dim",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "intermediate_size": "hidden_dim",
    "hidden_act": "activation",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderConfig:
    """The shape of an encoder. The defaults are those of BERT-Base, uncased."""

    family: str = "bert"
    """Whose checkpoint layout it has: one of `FAMILIES`."""
    vocab_size: int = 30_522
    """How many token ids there are."""
    hidden_size: int = 768
    """The length D of a token's vector."""
    num_layers: int = 12
    """How many Transformer layers there are."""
    num_heads: int = 12
    """How many attention heads H a layer has; each works on D / H numbers."""
    feed_forward_size: int = 3_072
    """The inner width F of the feed-forward network."""
    hidden_act: str = "gelu"
    """The function inside the feed-forward network: one of `aisle.model.config_file.ACTIVATIONS`."""
    max_positions: int = 512
    """Rows of the position table."""
    num_segments: int = 2
    """Rows of the segment table; 0 where there is none (DistilBERT)."""
    pad_id: int = 0
    """The id of the padding token."""
    layer_norm_eps: float = 1e-12
    """Added to the variance in every LayerNorm."""
    dropout: float = 0.1
    """Share of numbers dropped in training, after embeddings, attention and feed-forward."""
    attention_dropout: float = 0.1
    """Share of attention weights dropped in training."""
    initializer_range: float = 0.02
    """Standard deviation of fresh weights."""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise UserError(_refusal(self.family))
        check_layers(self, "encoder")
        if self.max_tokens < 1:
            raise UserError(f"max_positions {self.max_positions} leaves no position for a token")

    @property
    def head_size(self) -> int:
        """The length K of a query, key or value of one head."""
        return self.hidden_size // self.num_heads

    @property
    def pre_norm(self) -> bool:
        """Whether layers normalise what they read (pre-LN) and not what they return (post-LN, as BERT)."""
        return self.family == "roberta-prelayernorm"

    @property
    def position_offset(self) -> int:
        """The row of the position table for the first token: for RoBERTa the one after the padding id, else 0."""
        return self.pad_id + 1 if self.family in _ROBERTA_LIKE else 0

    @property
    def max_tokens(self) -> int:
        """The longest input, special tokens included."""
        return self.max_positions - self.position_offset

    @classmethod
    def load(cls, directory: str | Path) -> EncoderConfig:
        """Read `config.json` of a checkpoint directory.

        Raises
            UserError: it is missing, damaged, or describes a model that is not one of `FAMILIES`.
        """
        return load_config(directory, cls.from_hf)

    @classmethod
    def from_hf(cls, values: Mapping[str, Any]) -> EncoderConfig:
        """From the keys of a Hugging Face config.

        Raises
            UserError: the model is of another family, is a decoder, or a key is missing.
        """
        family = values.get("model_type")
        if family not in FAMILIES:
            raise UserError(_refusal(family))
        if values.get("is_decoder") or values.get("add_cross_attention"):
            raise UserError("this checkpoint is set up as a decoder (is_decoder); an encoder is needed")
        kind = values.get("position_embedding_type", "absolute")
        if kind != "absolute":
            raise UserError(f"position_embedding_type is {kind!r}; only 'absolute' position tables are read")
        keys = _DISTILBERT_KEYS if family == "distilbert" else {}

        def get(key: str, default: Any = None) -> Any:
            value = values.get(keys.get(key, key), default)
            if value is None:
                raise UserError(f"the key {keys.get(key, key)!r} is missing")
            return value

        return cls(
            family=family,
            vocab_size=get("vocab_size"),
            hidden_size=get("hidden_size"),
            num_layers=get("num_hidden_layers"),
            num_heads=get("num_attention_heads"),
            feed_forward_size=get("intermediate_size"),
            hidden_act=get("hidden_act", "gelu"),
            max_positions=get("max_position_embeddings"),
            num_segments=0 if family == "distilbert" else get("type_vocab_size", 2),
            pad_id=get("pad_token_id", 1 if family in _ROBERTA_LIKE else 0),
            layer_norm_eps=get("layer_norm_eps", 1e-12),
            dropout=get("hidden_dropout_prob", 0.1),
            attention_dropout=get("attention_probs_dropout_prob", 0.1),
            initializer_range=get("initializer_range", 0.02),
        )

    def to_hf(self) -> dict[str, Any]:
        """The keys of a Hugging Face config of this family."""
        values = {
            "hidden_size": self.hidden_size,
            "num_hidden_layers": self.num_layers,
            "num_attention_heads": self.num_heads,
            "intermediate_size": self.feed_forward_size,
            "hidden_act": self.hidden_act,
            "hidden_dropout_prob": self.dropout,
            "attention_probs_dropout_prob": self.attention_dropout,
        }
        common = {
            "architectures": [_ARCHITECTURES[self.family]],
            "model_type": self.family,
            "vocab_size": self.vocab_size,
            "max_position_embeddings": self.max_positions,
            "pad_token_id": self.pad_id,
            "initializer_range": self.initializer_range,
            "dtype": "float32",
        }
        if self.family == "distilbert":
            return common | {_DISTILBERT_KEYS[key]: value for key, value in values.items()}
        return common | values | {"type_vocab_size": self.num_segments, "layer_norm_eps": self.layer_norm_eps}

    def save(self, directory: Path, *, architecture: str = "") -> None:
        """Write `config.json`; `architecture` is Hugging Face's class, the family's bare encoder if empty."""
        values = self.to_hf() | ({"architectures": [architecture]} if architecture else {})
        text = json.dumps(values, indent=2, sort_keys=True) + "\n"
        (directory / "config.json").write_text(text, "utf-8")


_ARCHITECTURES = {
    "bert": "BertModel",
    "distilbert": "DistilBertModel",
    "roberta": "RobertaModel",
    "xlm-roberta": "XLMRobertaModel",
    "camembert": "CamembertModel",
    "roberta-prelayernorm": "RobertaPreLayerNormModel",
}


def _refusal(family: object) -> str:
    if not family:
        return f"config.json names no model_type; it must be one of {', '.join(FAMILIES)}"
    reason = f" ({_REASONS_AGAINST[family]})" if isinstance(family, str) and family in _REASONS_AGAINST else ""
    return f"models of type {family!r} are not supported{reason}; use a checkpoint of type {', '.join(FAMILIES)}"
