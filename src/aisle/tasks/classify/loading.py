"""From names and files to a task: checkpoint, data, dev data, every check before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.tasks.classify.data import LabelledTexts, read_labelled
from aisle.tasks.classify.model import ClassifierModel, Head
from aisle.tasks.classify.settings import ClassifierSettings
from aisle.tasks.classify.task import ClassifierTask, Encoded
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import TokenTable
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A task that is ready to train, and what is worth saying of its data."""

    task: ClassifierTask
    examples: int
    labels: tuple[str, ...]
    multi_label: bool
    truncated: int
    """Training texts that were cut because they are longer than the encoder reads."""


def load_classifier_task(
    encoder: str | Path,
    data: Sequence[str | Path],
    dev: str | Path | None,
    settings: ClassifierSettings,
    training: TrainingSettings,
) -> Loaded:
    """Read everything that training needs.

    Raises
        UserError: the checkpoint lacks a part (its tokenizer, for one), a table lacks a column or has a row that
            cannot be used, there is one class only, or the dev data have a label that the training data never show.
    """
    directory = find_checkpoint(encoder)
    config = EncoderConfig.load(directory)
    limit = _max_tokens(directory, settings, config)
    tokenizer = Tokenizer.load(directory)
    texts = _read(data, settings)
    labels = texts.labels()
    held_out = None if dev is None else _read([dev], settings)
    if held_out is not None and held_out.multi_label != texts.multi_label:
        raise UserError(f"{dev} and the training data differ in whether a text may have several classes")
    encoded, truncated = _encoded(texts, labels, tokenizer, limit)
    dev_encoded = None if held_out is None else _encoded(held_out, labels, tokenizer, limit)[0]
    # The head's fresh weights are the run's first random numbers.
    torch.manual_seed(training.seed)
    head = Head(config.hidden_size, settings.dense, len(labels), settings.activation, settings.dropout)
    if texts.multi_label:
        head.start_from(torch.from_numpy(encoded.truth_NC.mean(axis=0)).float())
    task = ClassifierTask(
        ClassifierModel(Encoder.load(directory), PoolingConfig(mode=settings.pooling, max_tokens=limit), head),
        tokenizer,
        settings,
        labels,
        encoded,
        dev=dev_encoded,
        multi_label=texts.multi_label,
        token_budget=training.token_budget,
    )
    return Loaded(task=task, examples=len(texts), labels=labels, multi_label=texts.multi_label, truncated=truncated)


def _read(paths: Sequence[str | Path], settings: ClassifierSettings) -> LabelledTexts:
    return read_labelled(
        paths,
        text_column=settings.text_column,
        label_column=settings.label_column,
        multi_label=settings.multi_label,
        separator=settings.label_separator,
    )


def _encoded(texts: LabelledTexts, labels: Sequence[str], tokenizer: Tokenizer, limit: int) -> tuple[Encoded, int]:
    truth_NC = texts.truth(labels)
    batch = tokenizer.encode_batch(texts.texts, max_tokens=limit)
    return Encoded(table=TokenTable(batch.ids), truth_NC=truth_NC), batch.truncated_texts


def _max_tokens(directory: Path, settings: ClassifierSettings, config: EncoderConfig) -> int:
    if settings.max_tokens > config.max_tokens:
        raise UserError(f"max_tokens is {settings.max_tokens}, and the encoder has positions for {config.max_tokens}")
    own = PoolingConfig.load(directory).max_tokens or config.max_tokens
    return settings.max_tokens or min(own, config.max_tokens)
