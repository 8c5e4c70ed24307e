"""The shape of an encoder–decoder of BART's family, as Hugging Face's `config.json` has it. Free of torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.config_file import load_config

# BART's position tables have two rows in front that no token uses.
UNUSED_POSITIONS = 2
_FIXED = {"scale_embedding": False, "activation_dropout": 0.0, "tie_word_embeddings": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderDecoderConfig:
    """The shape of an encoder–decoder. The defaults are those of BART-Base."""

    vocab_size: int = 50_265
    """How many token ids there are, of source and target together."""
    hidden_size: int = 768
    """The length D of a token's vector."""
    encoder_layers: int = 6
    """How many layers the encoder has."""
    decoder_layers: int = 6
    """How many layers the decoder has."""
    num_heads: int = 12
    """How many attention heads H a layer has; each works on D / H numbers."""
    feed_forward_size: int = 3_072
    """The inner width F of the feed-forward networks."""
    hidden_act: str = "gelu"
    """The function inside the feed-forward network: one of `aisle.model.config_file.ACTIVATIONS`."""
    max_positions: int = 1_024
    """The longest source, and the longest target."""
    pad_id: int = 1
    """The id of the padding token."""
    start_id: int = 2
    """The id of the token that every target starts with."""
    end_id: int = 2
    """The id of the token that ends a target."""
    layer_norm_eps: float = 1e-5
    """Added to the variance in every LayerNorm; BART's checkpoints do not say it, and it is always this."""
    dropout: float = 0.1
    """Share of numbers dropped in training, after embeddings, attention and feed-forward."""
    attention_dropout: float = 0.0
    """Share of attention weights dropped in training."""
    initializer_range: float = 0.02
    """Standard deviation of fresh weights."""

    def __post_init__(self) -> None:
        if not isinstance(self.decoder_layers, int) or self.decoder_layers < 1:
            raise UserError(f"decoder_layers is {self.decoder_layers!r}; it must be a whole number of at least 1")
        for name in ("pad_id", "start_id", "end_id"):
            if not 0 <= getattr(self, name) < self.vocab_size:
                raise UserError(f"{name} {getattr(self, name)} is not among the {self.vocab_size} of the vocabulary")
        self.encoder()  # which checks what both halves share

    def encoder(self) -> EncoderConfig:
        """The encoder's half: BERT's layers, without segments."""
        return EncoderConfig(
            vocab_size=self.vocab_size,
            hidden_size=self.hidden_size,
            num_layers=self.encoder_layers,
            num_heads=self.num_heads,
            feed_forward_size=self.feed_forward_size,
            hidden_act=self.hidden_act,
            max_positions=self.max_positions,
            num_segments=0,
            pad_id=self.pad_id,
            layer_norm_eps=self.layer_norm_eps,
            dropout=self.dropout,
            attention_dropout=self.attention_dropout,
            initializer_range=self.initializer_range,
        )

    @classmethod
    def load(cls, directory: str | Path) -> EncoderDecoderConfig:
        """Read `config.json` of a checkpoint directory.

        Raises
            UserError: it is missing, damaged, or describes a model of another family.
        """
        return load_config(directory, cls.from_hf)

    @classmethod
    def from_hf(cls, values: Mapping[str, Any]) -> EncoderDecoderConfig:
        """From the keys of a Hugging Face BART config.

        Raises
            UserError: the model is no BART, is set up in a way that is not computed here, or a key is missing.
        """
        family = values.get("model_type")
        if family != "bart":
            raise UserError(f"models of type {family!r} are no encoder–decoders of the kind read here; use type bart")
        for key, wanted in _FIXED.items():
            if values.get(key, wanted) != wanted:
                raise UserError(f"{key} is {values[key]!r}; only {wanted!r} is read")
        sides = {
            "heads": ("encoder_attention_heads", "decoder_attention_heads"),
            "feed-forward widths": ("encoder_ffn_dim", "decoder_ffn_dim"),
        }
        keys = ("vocab_size", "d_model", "encoder_layers", "decoder_layers", "max_position_embeddings")
        missing = [key for key in (*keys, *sum(sides.values(), ())) if key not in values]
        if missing:
            raise UserError(f"the key {missing[0]!r} is missing")
        for what, (one, other) in sides.items():
            if values[one] != values[other]:
                raise UserError(f"encoder and decoder have different {what} ({values[one]} and {values[other]})")
        return cls(
            vocab_size=values["vocab_size"],
            hidden_size=values["d_model"],
            encoder_layers=values["encoder_layers"],
            decoder_layers=values["decoder_layers"],
            num_heads=values["encoder_attention_heads"],
            feed_forward_size=values["encoder_ffn_dim"],
            hidden_act=values.get("activation_function", "gelu"),
            max_positions=values["max_position_embeddings"],
            pad_id=values.get("pad_token_id", 1),
            start_id=values.get("decoder_start_token_id", 2),
            end_id=values.get("eos_token_id", 2),
            dropout=values.get("dropout", 0.1),
            attention_dropout=values.get("attention_dropout", 0.0),
            initializer_range=values.get("init_std", 0.02),
        )

    def to_hf(self) -> dict[str, Any]:
        """The keys of a Hugging Face BART config."""
        return {
            "architectures": ["BartForConditionalGeneration"],
            "model_type": "bart",
            "vocab_size": self.vocab_size,
            "d_model": self.hidden_size,
            "encoder_layers": self.encoder_layers,
            "decoder_layers": self.decoder_layers,
            "encoder_attention_heads": self.num_heads,
            "decoder_attention_heads": self.num_heads,
            "encoder_ffn_dim": self.feed_forward_size,
            "decoder_ffn_dim": self.feed_forward_size,
            "activation_function": self.hidden_act,
            "max_position_embeddings": self.max_positions,
            "pad_token_id": self.pad_id,
            "bos_token_id": self.start_id,
            "decoder_start_token_id": self.start_id,
            "eos_token_id": self.end_id,
            "forced_eos_token_id": None,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "activation_dropout": 0.0,
            "init_std": self.initializer_range,
            "scale_embedding": False,
            "is_encoder_decoder": True,
            "tie_word_embeddings": True,
            "dtype": "float32",
        }

    def save(self, directory: Path) -> None:
        """Write `config.json`."""
        text = json.dumps(self.to_hf(), indent=2, sort_keys=True) + "\n"
        (directory / "config.json").write_text(text, "utf-8")
