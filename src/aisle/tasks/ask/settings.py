"""What a model that writes SQL is, and how its parts learn. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder_decoder_config import EncoderDecoderConfig
from aisle.sql.sheet import KEYWORDS

START = len(KEYWORDS)
"""What every line of symbols starts with, for the decoder; it is never written."""
MOST_STEPS = 160
"""Symbols of the longest query that is written; the decoder has positions for so many."""


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class AskSettings:
    """The parts that stand on the encoder, and how fast they learn."""

    width: int = 192
    """The length of a vector in the layers that link question and schema, and in the decoder."""
    linking_layers: int = 2
    """Layers in which words, tables, columns and values look at each other."""
    decoder_layers: int = 2
    """Layers of the decoder."""
    heads: int = 6
    """Attention heads of those layers."""
    part_dropout: float = 0.1
    """Share of numbers dropped in those layers, in training."""
    part_learning_rate: float = 1e-3
    """The highest learning rate of those layers; `learning_rate` is the encoder's."""
    freeze_layers: int = 2
    """So many layers of the encoder, the lowest, do not train, nor do its embeddings. They alone read the names of the
    schema, so that those are read once and not with every batch; -1 for all layers."""
    precision_wanted: float = 0.95
    """The share of answers that should be right: the confidence from which on a query is answered is chosen on the dev
    data so that it is reached."""

    def __post_init__(self) -> None:
        if self.freeze_layers < -1:
            raise UserError(f"freeze_layers is {self.freeze_layers}; it must be at least 0, or -1 for all layers")
        for name in ("width", "linking_layers", "decoder_layers", "heads"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.width % self.heads:
            raise UserError(f"a width of {self.width} cannot be split over {self.heads} heads")
        if not 0 <= self.part_dropout < 1:
            raise UserError(f"part_dropout is {self.part_dropout}; it is a share, from 0 to below 1")
        if self.part_learning_rate <= 0:
            raise UserError(f"part_learning_rate is {self.part_learning_rate}; it must be greater than 0")
        if not 0 <= self.precision_wanted <= 1:
            raise UserError(f"precision_wanted is {self.precision_wanted}; it is a share, from 0 to 1")


def frozen_layers(encoder: EncoderConfig, settings: AskSettings) -> int:
    """How many of an encoder's layers do not train.

    Raises
        UserError: it has not that many.
    """
    if settings.freeze_layers > encoder.num_layers:
        raise UserError(f"freeze_layers is {settings.freeze_layers}, and the encoder has {encoder.num_layers} layers")
    return encoder.num_layers if settings.freeze_layers < 0 else settings.freeze_layers


def linking_config(settings: AskSettings) -> EncoderConfig:
    """The shape of the layers that link question and schema."""
    return EncoderConfig(
        vocab_size=1,
        hidden_size=settings.width,
        num_layers=settings.linking_layers,
        num_heads=settings.heads,
        feed_forward_size=2 * settings.width,
        hidden_act="gelu_new",
        max_positions=1,
        num_segments=0,
        dropout=settings.part_dropout,
        attention_dropout=0.0,
    )


def decoder_config(settings: AskSettings) -> EncoderDecoderConfig:
    """The shape of the decoder's layers."""
    return EncoderDecoderConfig(
        vocab_size=len(KEYWORDS) + 1,
        hidden_size=settings.width,
        encoder_layers=1,
        decoder_layers=settings.decoder_layers,
        num_heads=settings.heads,
        feed_forward_size=2 * settings.width,
        hidden_act="gelu_new",
        max_positions=MOST_STEPS,
        pad_id=0,
        start_id=START,
        end_id=START,
        dropout=settings.part_dropout,
    )
