"""From text files to a task: vocabulary, token files, rows, model; every check before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from aisle.errors import UserError
from aisle.files.checksums import sha256_text
from aisle.model.config import EncoderConfig
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.progress import Progress, silent
from aisle.tasks.pretrain.batches import BatchMaker, masking_table
from aisle.tasks.pretrain.head_start import head_start
from aisle.tasks.pretrain.model import PretrainingModel
from aisle.tasks.pretrain.rows import Corpus, check_documents, split
from aisle.tasks.pretrain.settings import CorpusSettings, PretrainSettings
from aisle.tasks.pretrain.task import PretrainTask, RowSets
from aisle.tasks.pretrain.token_files import Counts, TokenFiles
from aisle.tasks.pretrain.tokenize_corpus import tokenize_corpus
from aisle.tasks.pretrain.vocabulary import corpus_tokenizer
from aisle.text.tokenizer import Tokenizer
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A corpus as tokens, and the tokenizer that made them."""

    tokenizer: Tokenizer
    tokenizer_directory: Path
    files: TokenFiles


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A task that is ready to train, and what is worth saying of its data."""

    task: PretrainTask
    counts: Counts
    rows: int
    held_out_rows: int


def read_text(
    corpus: Sequence[str | Path],
    tokenizer: str | Path,
    vocab_size: int,
    settings: CorpusSettings,
    store: Path,
    *,
    lower_case: bool = True,
    progress: Progress = silent,
) -> Text:
    """The token files of a corpus, made in `store` or found there.

    `tokenizer` is a checkpoint (or a directory with a tokenizer) whose vocabulary to use; if empty, a vocabulary of
    `vocab_size` pieces is made from the corpus.

    Raises
        UserError: a file cannot be read, there is no text, or the tokenizer is not whole.
    """
    if tokenizer:
        folder = Path(tokenizer) if Path(tokenizer).is_dir() else find_checkpoint(tokenizer)
    else:
        # The corpus is among what names the directory, so that another one gets a vocabulary of its own.
        facts = [[str(path), Path(path).stat().st_size if Path(path).is_file() else -1] for path in corpus]
        name = sha256_text(repr((facts, vocab_size, lower_case, settings.documents, settings.columns)))[:12]
        folder = store / f"vocabulary-{name}"
        if not (folder / "tokenizer_config.json").is_file():
            made = corpus_tokenizer(corpus, vocab_size, settings, lower_case=lower_case, progress=progress)
            made.save(folder)
    files = tokenize_corpus(corpus, folder, store / "tokens", settings, progress=progress)
    return Text(tokenizer=Tokenizer.load(folder), tokenizer_directory=folder, files=files)


def load_pretraining(
    text: Text, encoder: str | Path, config: EncoderConfig, settings: PretrainSettings, training: TrainingSettings
) -> Loaded:
    """The task. `encoder` is a checkpoint to go on with; if empty, a fresh encoder of `config` is trained.

    Raises
        UserError: the checkpoint has fewer positions than the rows have tokens or no mask token, or the corpus has too
            few documents for what is asked.
    """
    corpus = Corpus(text.files, text.tokenizer.special, settings.max_tokens)
    if settings.next_sentence:
        check_documents(corpus)
    pooling = None
    # The fresh weights are the run's first random numbers.
    torch.manual_seed(training.seed)
    if encoder:
        directory = find_checkpoint(encoder)
        model = PretrainingModel.load(directory, next_sentence=settings.next_sentence)
        if (directory / "modules.json").is_file():
            pooling = PoolingConfig.load(directory)
    else:
        model = PretrainingModel(config, next_sentence=settings.next_sentence)
        if settings.head_start:
            head_start(model, text.files)
    own = model.encoder.config
    if settings.max_tokens > own.max_tokens:
        raise UserError(f"max_tokens is {settings.max_tokens}, and the encoder has positions for {own.max_tokens}")
    if text.tokenizer.vocab_size > own.vocab_size:
        raise UserError(
            f"the tokenizer has {text.tokenizer.vocab_size} pieces and the encoder's table {own.vocab_size}; "
            "take the encoder's own tokenizer"
        )
    maker = BatchMaker(corpus, masking_table(text.tokenizer, whole_word=settings.whole_word), settings)
    rows, held_out = split(corpus.rows(), settings.held_out, settings.held_out_rows)
    task = PretrainTask(
        model,
        text.tokenizer,
        maker,
        RowSets(training=rows, held_out=held_out),
        token_budget=training.token_budget,
        pooling=pooling,
    )
    return Loaded(task=task, counts=text.files.counts, rows=len(rows), held_out_rows=len(held_out))
