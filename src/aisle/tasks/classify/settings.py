"""What training a classifier can be told, beside what every training run can. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisle.errors import UserError

Activation: TypeAlias = Literal["tanh", "gelu", "relu"]


def epochs_for(examples: int, *, multi_label: bool = False) -> float:
    """How often to go through so many examples: fewer times through more of them, but more steps in all.

    Four times through 16,000, twice through 67,000, never less than twice nor more than twelve times; twice as often
    where texts may have several classes, some of which are rare. A choice of this package; docs/results.md says what
    it reaches.
    """
    return float(min(max(round((1_100 if multi_label else 550) / max(examples, 1) ** 0.5), 2), 12))


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class ClassifierSettings:
    """What stands on the encoder, how its parts learn, and how its answers are given."""

    pooling: Literal["mean", "cls", "max"] = "mean"
    """How token vectors become the vector that is classified."""
    dense: tuple[int, ...] = (0,)
    """Widths of the dense layers between that vector and the output layer; 0 is the vector's own width. Nothing
    after the flag: the output layer alone."""
    activation: Activation = "tanh"
    """The function after each of them."""
    dropout: float = 0.1
    """Share of numbers dropped in front of every layer of the head, in training."""
    head_learning_rate: float = 0.0
    """The highest learning rate of the head; 0 for that of the encoder."""
    layer_decay: float = 1.0
    """Each layer of the encoder learns at this share of the rate of the layer above it, the embeddings slowest."""
    freeze_layers: int = 0
    """So many layers do not train, the lowest first, and then neither do the embeddings; -1 for the whole encoder."""
    freeze_embeddings: bool = False
    """The embeddings do not train."""
    class_weights: Literal["none", "root", "balanced"] = "none"
    """Rare classes weigh more: `balanced` so that all classes weigh the same together, `root` half-way there."""
    label_smoothing: float = 0.0
    """Share of the truth that is spread over all classes."""
    multi_label: Literal["auto", "yes", "no"] = "auto"
    """Whether a text may have several classes; `auto`: if the column is called `labels`."""
    label_separator: str = ","
    """What stands between the classes of one text."""
    label_column: str = ""
    """Column of the class; empty for `label` or `labels`."""
    text_column: str = ""
    """Column of the text; empty for `text` or `sentence`."""
    max_tokens: int = 0
    """The longest input, special tokens included; 0 for what the checkpoint says."""
    calibrate: bool = True
    """Divide logits by the temperature that suits the dev data best."""
    unsure: float = 0.0
    """Answer `unsure` where no class reaches this probability; 0 for always an answer. May be changed later."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("dropout", 0.0, 0.95),
            ("label_smoothing", 0.0, 0.9),
            ("unsure", 0.0, 1.0),
        ):
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}; it must be from {low:g} to {high:g}")
        if not 0 < self.layer_decay <= 1:
            raise UserError(f"layer_decay is {self.layer_decay}; it must be greater than 0 and at most 1")
        if self.head_learning_rate < 0:
            raise UserError(f"head_learning_rate is {self.head_learning_rate}; it must not be negative")
        if any(width < 0 for width in self.dense):
            raise UserError(f"dense layers of {self.dense} numbers cannot be; give whole numbers from 0 on")
        if self.freeze_layers < -1:
            raise UserError(f"freeze_layers is {self.freeze_layers}; it must be -1 (all) or a number of layers")
        if not self.label_separator:
            raise UserError("label_separator is empty; give the character between two labels")
