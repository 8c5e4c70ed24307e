"""From names and files to a task: checkpoint, data, dev data, every check before the first step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aisle.errors import UserError
from aisle.files.tables import read_columns
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.some_layers import keep_layers
from aisle.model.source import find_checkpoint
from aisle.model.word_config import is_word_encoder
from aisle.objectives.softmax import SoftmaxObjective
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.siamese.data import Examples, as_examples, read_examples, read_pairs
from aisle.tasks.siamese.model import Siamese, Towers, WordTowers
from aisle.tasks.siamese.settings import SiameseSettings, WordTowerSettings
from aisle.tasks.siamese.task import Dev, SiameseTask
from aisle.tasks.siamese.words import word_encoder, word_table
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import TokenTable
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A task that is ready to train, and what is worth saying of its data."""

    task: SiameseTask
    examples: int
    texts: int
    truncated: int
    """Training texts that were cut because they are longer than the encoder reads."""
    unknown: int = 0
    """Words of the training texts that have no vector, for an encoder over word vectors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Start:
    """What is trained on, and how it reads texts."""

    dim: int
    """Length of a vector."""
    max_tokens: int
    table: Callable[[Sequence[Sequence[int]]], TokenTable]
    """The tokens of texts as the encoder reads them."""
    towers: Callable[[SoftmaxObjective | None], Towers]


def load_siamese(
    encoder: str | Path,
    data: Sequence[str | Path],
    dev: str | Path | None,
    settings: SiameseSettings,
    training: TrainingSettings,
    words: WordTowerSettings | None = None,
) -> Loaded:
    """Read everything that training needs. `words` is for encoders over word vectors alone.

    Raises
        UserError: the checkpoint lacks a part (its tokenizer, for one), a table is not fit for the objective, or the
            dev data have a label that the training data never show.
    """
    directory = find_checkpoint(encoder)
    words = words or WordTowerSettings()
    # Fresh weights, those of the head last, are the run's first random numbers.
    torch.manual_seed(training.seed)
    start = _words(directory, settings, words) if is_word_encoder(directory) else _layers(directory, settings, words)
    tokenizer = Tokenizer.load(directory)
    examples = read_examples(data, settings)
    bad = [dim for dim in settings.matryoshka if not 0 < dim < start.dim]
    if bad:
        raise UserError(f"matryoshka length {bad[0]} is not between 1 and {start.dim - 1}")
    if settings.objective == "distill":
        examples = _taught(examples, settings, start.dim)
    batch = tokenizer.encode_batch(examples.texts, max_tokens=start.max_tokens)
    held_out = None if dev is None else _dev(dev, settings, examples, tokenizer, start)
    head = (
        SoftmaxObjective(start.dim, len(examples.labels), settings.concatenation)
        if settings.objective == "softmax"
        else None
    )
    task = SiameseTask(
        start.towers(head),
        tokenizer,
        settings,
        examples,
        start.table(batch.ids),
        dev=held_out,
        token_budget=training.token_budget,
    )
    unknown = sum(ids.count(tokenizer.special.unk) for ids in batch.ids) if is_word_encoder(directory) else 0
    return Loaded(
        task=task,
        examples=len(examples),
        texts=len(examples.texts),
        truncated=batch.truncated_texts,
        unknown=unknown,
    )


def _layers(directory: Path, settings: SiameseSettings, words: WordTowerSettings) -> _Start:
    """A Transformer and its pooling."""
    if words.architecture:
        raise UserError(
            f"the architecture {words.architecture} stands over word vectors, and {directory.name} is a Transformer; "
            "give --encoder what `aisle train words` made"
        )
    config = EncoderConfig.load(directory)
    pooling = _pooling(directory, settings, config)
    assert pooling.max_tokens is not None
    encoder = _encoder(directory, settings)
    return _Start(
        dim=config.hidden_size,
        max_tokens=pooling.max_tokens,
        table=TokenTable,
        towers=lambda head: Siamese(encoder, pooling, head),
    )


def _words(directory: Path, settings: SiameseSettings, words: WordTowerSettings) -> _Start:
    """An encoder over word vectors."""
    for name in ("pooling", "normalize", "keep_layers"):
        if getattr(settings, name):
            raise UserError(f"{name} is for Transformers; {directory.name} is an encoder over word vectors")
    encoder = word_encoder(directory, words)
    if settings.max_tokens > encoder.config.max_tokens:
        raise UserError(f"max_tokens is {settings.max_tokens}; the encoder reads at most {encoder.config.max_tokens}")
    return _Start(
        dim=encoder.config.dim,
        max_tokens=settings.max_tokens or encoder.config.max_tokens,
        table=word_table,
        towers=lambda head: WordTowers(encoder, head),
    )


def _encoder(directory: Path, settings: SiameseSettings) -> Encoder:
    """The encoder, or some layers of it."""
    encoder = Encoder.load(directory)
    if settings.keep_layers:
        keep_layers(encoder, settings.keep_layers)
    return encoder


def _taught(examples: Examples, settings: SiameseSettings, dim: int) -> Examples:
    """The texts with the vectors that the teacher gives them."""
    teacher = SentenceEncoder.load(settings.teacher, settings=EngineSettings(precision="f32"))
    if teacher.dim != dim:
        raise UserError(
            f"the vectors of the teacher {settings.teacher} have {teacher.dim} numbers and those of the encoder {dim}; "
            "choose two of the same length"
        )
    vectors_ND = teacher.encode(examples.texts, normalize=settings.normalize)
    return dataclasses.replace(examples, targets_N=vectors_ND)


def _pooling(directory: Path, settings: SiameseSettings, config: EncoderConfig) -> PoolingConfig:
    own = PoolingConfig.load(directory)
    if settings.max_tokens > config.max_tokens:
        raise UserError(f"max_tokens is {settings.max_tokens}, and the encoder has positions for {config.max_tokens}")
    limit = settings.max_tokens or min(own.max_tokens or config.max_tokens, config.max_tokens)
    mode = settings.pooling or own.mode
    return dataclasses.replace(own, mode=mode, normalize=settings.normalize, max_tokens=limit)


def _dev(path: str | Path, settings: SiameseSettings, training: Examples, tokenizer: Tokenizer, start: _Start) -> Dev:
    """Scored pairs if the table has a score, else labelled ones if the objective is softmax."""
    columns = set(read_columns(path))
    scored = columns & {settings.score_column or "score", "relatedness"}
    if not scored and settings.objective == "softmax":
        pairs = read_pairs(path, settings, needs=("label",))
        numbers = {label: number for number, label in enumerate(training.labels)}
        unseen = next((pair for pair in pairs if pair.label not in numbers), None)
        if unseen is not None:
            raise UserError(
                f"{unseen.place}: the label {unseen.label!r} is never seen in training, which has "
                f"{', '.join(training.labels)}; add such pairs or remove the row"
            )
        examples = as_examples(pairs, targets_N=np.array([numbers[pair.label] for pair in pairs], np.int64))
        metric = "accuracy"
    else:
        pairs = read_pairs(path, settings, needs=("score",))
        examples = as_examples(pairs, targets_N=np.array([pair.score for pair in pairs], np.float32))
        metric = "spearman"
    table = start.table(tokenizer.encode_batch(examples.texts, max_tokens=start.max_tokens).ids)
    return Dev(examples=examples, table=table, metric=metric)
