"""From word vectors to towers: which words are read, and what stands over their vectors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch

from aisle.errors import UserError
from aisle.model.word_config import Architecture
from aisle.model.word_encoder import WordEncoder, fresh_word_encoder, load_word_encoder
from aisle.tasks.siamese.settings import WordTowerSettings
from aisle.text.word_level import known_words
from aisle.training.packed import TokenTable


def word_table(ids: Sequence[Sequence[int]]) -> TokenTable:
    """The known words of each text, ready to be packed."""
    return TokenTable(known_words(ids))


def word_encoder(directory: Path, settings: WordTowerSettings) -> WordEncoder:
    """The encoder of the directory, or a fresh one of another architecture over its word vectors.

    Raises
        UserError: another architecture is asked for than a directory that is more than word vectors has.
    """
    there = load_word_encoder(directory)
    asked = settings.architecture or there.config.architecture
    encoder = there if asked == there.config.architecture else _over_words(there, asked, settings)
    if _fixed(settings.word_vectors, asked):
        encoder.words.requires_grad_(False)
    return encoder


def _over_words(there: WordEncoder, asked: Architecture, settings: WordTowerSettings) -> WordEncoder:
    if there.config.architecture != "average":
        raise UserError(
            f"the encoder is a {there.config.architecture} and cannot become a {asked}; "
            "start from word vectors (`aisle train words`)"
        )
    config = dataclasses.replace(
        there.config,
        architecture=asked,
        hidden_size=settings.hidden_size,
        num_layers=settings.dense_layers,
        bigram_rows=settings.bigram_rows if asked == "dan" else 0,
        dropout=settings.word_dropout,
    )
    encoder = fresh_word_encoder(config)
    with torch.no_grad():
        encoder.words.weight.copy_(there.words.weight)
    return encoder


def _fixed(asked: Literal["", "fixed", "trained"], architecture: str) -> bool:
    """InferSent leaves the words' vectors as they are. An average has nothing else to train."""
    return asked == "fixed" or (not asked and architecture != "average")
