"""The shape of a decoder of GPT-2's family, read from and written to Hugging Face's `config.json`. Free of torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.model.config_file import check_layers, load_config

# Settings of GPT-2 that change what is computed; checkpoints that set them otherwise are rare.
_FIXED = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderConfig:
    """The shape of a decoder. The defaults are those of GPT-2 small."""

    vocab_size: int = 50_257
    """How many token ids there are."""
    hidden_size: int = 768
    """The length D of a token's vector."""
    num_layers: int = 12
    """How many Transformer layers there are."""
    num_heads: int = 12
    """How many attention heads H a layer has; each works on D / H numbers."""
    feed_forward_size: int = 3_072
    """The inner width F of the feed-forward network."""
    hidden_act: str = "gelu_new"
    """The function inside the feed-forward network: one of `aisle.model.config_file.ACTIVATIONS`."""
    max_positions: int = 1_024
    """Rows of the position table: the longest input."""
    end_id: int = 50_256
    """The id of the token that ends a text."""
    layer_norm_eps: float = 1e-5
    """Added to the variance in every LayerNorm."""
    dropout: float = 0.1
    """Share of numbers dropped in training, after embeddings, attention and feed-forward."""
    attention_dropout: float = 0.1
    """Share of attention weights dropped in training."""
    initializer_range: float = 0.02
    """Standard deviation of fresh weights."""

    def __post_init__(self) -> None:
        check_layers(self, "decoder")
        if not 0 <= self.end_id < self.vocab_size:
            raise UserError(f"the end token's id {self.end_id} is not among the {self.vocab_size} of the vocabulary")

    @classmethod
    def load(cls, directory: str | Path) -> DecoderConfig:
        """Read `config.json` of a checkpoint directory.

        Raises
            UserError: it is missing, damaged, or describes a model of another family.
        """
        return load_config(directory, cls.from_hf)

    @classmethod
    def from_hf(cls, values: Mapping[str, Any]) -> DecoderConfig:
        """From the keys of a Hugging Face GPT-2 config.

        Raises
            UserError: the model is no GPT-2, is set up in a way that is not computed here, or a key is missing.
        """
        family = values.get("model_type")
        if family != "gpt2":
            raise UserError(f"models of type {family!r} are no decoders of the kind read here; use one of type gpt2")
        for key, wanted in _FIXED.items():
            if values.get(key, wanted) != wanted:
                raise UserError(f"{key} is {values[key]!r}; only decoders with {wanted!r} are read")
        missing = [key for key in ("vocab_size", "n_embd", "n_layer", "n_head", "n_positions") if key not in values]
        if missing:
            raise UserError(f"the key {missing[0]!r} is missing")
        return cls(
            vocab_size=values["vocab_size"],
            hidden_size=values["n_embd"],
            num_layers=values["n_layer"],
            num_heads=values["n_head"],
            feed_forward_size=values.get("n_inner") or 4 * values["n_embd"],
            hidden_act=values.get("activation_function", "gelu_new"),
            max_positions=values["n_positions"],
            end_id=_first(values.get("eos_token_id"), values["vocab_size"] - 1),
            layer_norm_eps=values.get("layer_norm_epsilon", 1e-5),
            dropout=values.get("resid_pdrop", 0.1),
            attention_dropout=values.get("attn_pdrop", 0.1),
            initializer_range=values.get("initializer_range", 0.02),
        )

    def to_hf(self) -> dict[str, Any]:
        """The keys of a Hugging Face GPT-2 config."""
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "vocab_size": self.vocab_size,
            "n_embd": self.hidden_size,
            "n_layer": self.num_layers,
            "n_head": self.num_heads,
            "n_inner": self.feed_forward_size,
            "n_positions": self.max_positions,
            "activation_function": self.hidden_act,
            "layer_norm_epsilon": self.layer_norm_eps,
            "resid_pdrop": self.dropout,
            "embd_pdrop": self.dropout,
            "attn_pdrop": self.attention_dropout,
            "initializer_range": self.initializer_range,
            "bos_token_id": self.end_id,
            "eos_token_id": self.end_id,
            "tie_word_embeddings": True,
            "dtype": "float32",
        }

    def save(self, directory: Path) -> None:
        """Write `config.json`."""
        text = json.dumps(self.to_hf(), indent=2, sort_keys=True) + "\n"
        (directory / "config.json").write_text(text, "utf-8")


def _first(given: int | list[int] | None, otherwise: int) -> int:
    """The first of the ids that end a text, where a config has one or several."""
    if isinstance(given, list):
        given = given[0] if given else None
    return otherwise if given is None else given
