"""From files to a task: threads, what is hidden from the model, vocabulary, tokens, and every check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.decoder import Decoder
from aisle.model.decoder_config import DecoderConfig
from aisle.progress import Progress, silent
from aisle.tasks.complete.calibration import calibrate
from aisle.tasks.complete.mixture import save_mixture
from aisle.tasks.complete.ngrams import LONGEST, MOST, NgramModel
from aisle.tasks.complete.phrases import RarePhrases
from aisle.tasks.complete.privacy import hidden
from aisle.tasks.complete.settings import CompleterSettings
from aisle.tasks.complete.share import fitted_share
from aisle.tasks.complete.task import CompleterTask
from aisle.tasks.complete.threads import Thread, read_threads
from aisle.tasks.complete.vocabulary import CompleterVocabulary
from aisle.training.settings import TrainingSettings

# One document in so many is held out, and never more tokens than these are evaluated on.
_HELD_OUT = 40
_MOST_HELD_OUT = 40_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedCompleter:
    """A task that is ready to train, and what is worth saying of its data."""

    task: CompleterTask
    threads: int
    """Threads that are learnt from."""
    held_out: int
    """Threads that are not."""
    tokens: int
    """Tokens that are learnt from."""
    characters: int
    """Their length in characters."""


def load_completer(
    corpus: Sequence[Path],
    dev: Sequence[Path],
    start: Path | None,
    settings: CompleterSettings,
    training: TrainingSettings,
    progress: Progress = silent,
    *,
    ngram_share: float | None = 0.0,
) -> LoadedCompleter:
    """Read everything that training needs. `start` is a completer to go on from, with its vocabulary and shape;
    `ngram_share` is what counts of the corpus weigh beside the network, None for what tells the held-out text best.

    Raises
        UserError: a file cannot be read, the texts are too few, or `start` holds no completer.
    """
    threads = [_without_private(thread) for thread in read_threads(corpus)]
    progress("read", len(threads), len(threads))
    held_out = [_without_private(thread) for thread in read_threads(dev)] if dev else []
    if not dev:
        threads, held_out = split(threads)
    return prepare(threads, held_out, start, settings, training, progress, ngram_share=ngram_share)


def prepare(
    threads: Sequence[Thread],
    held_out: Sequence[Thread],
    start: Path | None,
    settings: CompleterSettings,
    training: TrainingSettings,
    progress: Progress = silent,
    *,
    ngram_share: float | None = 0.0,
) -> LoadedCompleter:
    """The task for threads that are in memory; `load_completer` says the rest."""
    vocabulary = (
        CompleterVocabulary.load(start)
        if start is not None
        else CompleterVocabulary.train((text for thread in threads for text in _texts(thread)), settings.vocab_size)
    )
    progress("vocabulary", len(vocabulary), len(vocabulary))
    tokens_N, held_out_N = vocabulary.threads(threads), vocabulary.threads(held_out)[:_MOST_HELD_OUT]
    progress("tokens", len(tokens_N), len(tokens_N))
    torch.manual_seed(training.seed)
    decoder = (
        Decoder.load(start) if start is not None else Decoder(_config(len(vocabulary), vocabulary.end_id, settings))
    )
    if len(tokens_N) <= decoder.config.max_positions or len(held_out_N) < 2:
        raise UserError(
            f"the corpus has {len(tokens_N)} tokens to learn from and {len(held_out_N)} held out; it must have more "
            f"than {decoder.config.max_positions} and some to hold out: give more text"
        )
    rare = RarePhrases.count((thread.messages for thread in threads), settings.min_documents)
    progress("rare phrases", len(threads), len(threads))

    if ngram_share is not None and not 0 <= ngram_share < 1:
        raise UserError(f"ngram_share is {ngram_share}; it must be from 0 to below 1")
    counted = None
    if ngram_share != 0:
        counted = _counted(tokens_N, len(vocabulary))
        progress("n-grams", len(tokens_N), len(tokens_N))

    def save(module: Decoder, directory: Path) -> None:
        module.save(directory)
        vocabulary.save(directory)
        rare.save(directory)
        if counted is not None:
            share = fitted_share(module, counted, held_out_N) if ngram_share is None else ngram_share
            save_mixture(counted, share, directory)
        calibrate(directory, [text for thread in held_out for text in thread.messages], settings.coverage)

    task = CompleterTask(decoder, tokens_N, held_out_N, smoothing=settings.smoothing, save=save)
    characters = sum(len(text) for thread in threads for text in _texts(thread))
    return LoadedCompleter(
        task=task, threads=len(threads), held_out=len(held_out), tokens=len(tokens_N), characters=characters
    )


def _counted(tokens_N: NDArray[np.uint16], vocab_size: int) -> NgramModel:
    # A key of as many tokens must fit into 63 bits.
    order = min(LONGEST, int(62 / np.log2(vocab_size)))
    return NgramModel(tokens_N, vocab_size, order=order).frequent(MOST)


def _config(vocab_size: int, end_id: int, settings: CompleterSettings) -> DecoderConfig:
    return DecoderConfig(
        vocab_size=vocab_size,
        hidden_size=settings.hidden_size,
        num_layers=settings.layers,
        num_heads=settings.heads,
        feed_forward_size=4 * settings.hidden_size,
        max_positions=settings.context,
        end_id=end_id,
        dropout=settings.dropout,
        attention_dropout=settings.dropout,
    )


def _texts(thread: Thread) -> tuple[str, ...]:
    return (thread.subject, *thread.messages) if thread.subject else thread.messages


def _without_private(thread: Thread) -> Thread:
    return Thread(messages=tuple(map(hidden, thread.messages)), subject=hidden(thread.subject))


def split(threads: Sequence[Thread]) -> tuple[list[Thread], list[Thread]]:
    """Threads to learn from and threads held out: one in `_HELD_OUT`; of a single one the last tenth."""
    if len(threads) == 1:
        (one,) = threads
        cut = len(one.messages) - max(len(one.messages) // 10, 1)
        if not cut:
            raise UserError("the corpus has a single paragraph; it needs at least two, one of them to hold out")
        return (
            [Thread(messages=one.messages[:cut], subject=one.subject)],
            [Thread(messages=one.messages[cut:], subject=one.subject)],
        )
    order = np.random.default_rng(0).permutation(len(threads))
    out = set(order[: max(len(threads) // _HELD_OUT, 1)].tolist())
    return (
        [thread for place, thread in enumerate(threads) if place not in out],
        [thread for place, thread in enumerate(threads) if place in out],
    )
