"""What the configs of all families have in common: where they lie, and which sizes can be. Free of torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from aisle.errors import UserError
from aisle.text.tokenizer_files import read_json

CONFIG_FILE = "config.json"
# Activation functions by Hugging Face's names: the exact GELU, its approximation with tanh (two names), and ReLU.
ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")
_SIZES = ("vocab_size", "hidden_size", "num_layers", "num_heads", "feed_forward_size", "max_positions")

Config = TypeVar("Config")


class Layers(Protocol):
    """The sizes of a stack of Transformer layers."""

    @property
    def hidden_size(self) -> int:
        """The length D of a token's vector."""
        ...

    @property
    def num_heads(self) -> int:
        """How many attention heads H a layer has."""
        ...

    @property
    def hidden_act(self) -> str:
        """The function inside the feed-forward network."""
        ...


def check_layers(config: Layers, whose: str) -> None:
    """Raises `UserError` for sizes that no stack of layers can have; `whose` it is, for the message."""
    for name in _SIZES:
        value = getattr(config, name)
        if not isinstance(value, int) or value < 1:
            raise UserError(f"the {whose}'s {name} is {value!r}; it must be a whole number of at least 1")
    if config.hidden_size % config.num_heads:
        raise UserError(f"hidden_size {config.hidden_size} cannot be split over num_heads {config.num_heads} heads")
    if config.hidden_act not in ACTIVATIONS:
        raise UserError(f"hidden_act {config.hidden_act!r} is not one of {', '.join(ACTIVATIONS)}")


def load_config(directory: str | Path, from_hf: Callable[[Mapping[str, Any]], Config]) -> Config:
    """Read `config.json` of a checkpoint directory.

    Raises
        UserError: it is missing or damaged, or what `from_hf` raises; with the file's name.
    """
    path = Path(directory) / CONFIG_FILE
    if not path.is_file():
        raise UserError(f"{directory} has no config.json, so it is no checkpoint; give a directory that has one")
    try:
        return from_hf(read_json(path))
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
