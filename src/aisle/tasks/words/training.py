"""Raw text to word vectors, by gensim, in the layout of an encoder that averages them.

Two passes over the text: words are counted, then the text is written out as the known words with spaces between, which
is the form that gensim reads without holding it in memory.

Legend: V words with the special tokens, E size of a word's vector.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.word_config import WordConfig
from aisle.model.word_files import write_word_encoder
from aisle.progress import Progress, silent
from aisle.tasks.pretrain.corpus import chunks
from aisle.tasks.pretrain.settings import CorpusSettings
from aisle.tasks.words.settings import WordVectorSettings
from aisle.text.tokenizer import Tokenizer
from aisle.text.word_level import SPECIALS, count_words, known_words

if TYPE_CHECKING:
    from gensim.models.callbacks import CallbackAny2Vec

_FASTTEXT_ROWS = 200_000
"""Vectors that the pieces of words share. The usual two million take 2.4 GB at 300 numbers each."""
_LONGEST = 10_000
"""Words of a line; gensim would leave the rest of it out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordVectorReport:
    """What was learnt from what."""

    words: int
    """Words that have a vector."""
    running_words: int
    """Words of the text that have one, each time they are seen."""
    unknown: int
    """Words of the text that were left out as too rare, and signs, each time they are seen."""
    seconds: float
    """Time it took."""


def train_word_vectors(
    corpus: Sequence[str | Path], output: Path, settings: WordVectorSettings, progress: Progress = silent
) -> WordVectorReport:
    """Learn word vectors, and save them in `output` as an encoder that averages them.

    Raises
        UserError: gensim is not installed, `output` holds an encoder already, a file cannot be read, or no word is seen
            often enough.
    """
    _require_gensim()
    if (output / "config.json").exists():
        raise UserError(f"{output} holds an encoder already; give another --output")
    started = time.perf_counter()
    tokenizer = count_words(_paragraphs(corpus, settings), most=settings.most_words, at_least=settings.at_least)
    if tokenizer.vocab_size == len(SPECIALS):
        raise UserError(f"no word is seen {settings.at_least} times; give more text, or lower at_least")
    output.mkdir(parents=True, exist_ok=True)
    text = output / ".words.txt"
    try:
        running, unknown = _write(corpus, settings, tokenizer, text, progress)
        table_VE = _learn(text, tokenizer, settings, progress)
    finally:
        text.unlink(missing_ok=True)
    config = WordConfig(architecture="average", vocab_size=len(table_VE), word_size=settings.word_size)
    tokenizer.save(output)
    write_word_encoder(output, config, {"words.weight": table_VE})
    return WordVectorReport(
        words=tokenizer.vocab_size - len(SPECIALS),
        running_words=running,
        unknown=unknown,
        seconds=time.perf_counter() - started,
    )


def _require_gensim() -> None:
    try:
        import gensim  # noqa: F401
    except ImportError as error:
        raise UserError("training word vectors needs gensim; install aisle[words]") from error


def _paragraphs(corpus: Sequence[str | Path], settings: WordVectorSettings) -> Iterator[str]:
    for chunk in chunks(corpus, CorpusSettings(columns=settings.columns)):
        yield from (paragraph for paragraph in chunk.paragraphs if paragraph is not None)


def _write(
    corpus: Sequence[str | Path], settings: WordVectorSettings, tokenizer: Tokenizer, target: Path, progress: Progress
) -> tuple[int, int]:
    """The known words of every paragraph on lines of their own; how many were known and how many not."""
    names = tokenizer.tokens(range(tokenizer.vocab_size))
    running = unknown = 0
    with target.open("w", encoding="utf-8") as file:
        for done, chunk in enumerate(chunks(corpus, CorpusSettings(columns=settings.columns)), start=1):
            pieces = tokenizer.pieces([paragraph for paragraph in chunk.paragraphs if paragraph is not None])
            for all_words, words in zip(pieces, known_words(pieces), strict=True):
                if words[0] < len(SPECIALS):
                    unknown += len(all_words)
                    continue
                running += len(words)
                unknown += len(all_words) - len(words)
                for start in range(0, len(words), _LONGEST):
                    file.write(" ".join(names[word] for word in words[start : start + _LONGEST]) + "\n")
            progress("read", done, 0)
    return running, unknown


def _learn(text: Path, tokenizer: Tokenizer, settings: WordVectorSettings, progress: Progress) -> NDArray[np.float32]:
    """The table (V, E): a row of zeros for each special token, then the words' vectors."""
    from gensim.models import FastText, Word2Vec

    options: dict[str, Any] = {
        "corpus_file": str(text),
        "vector_size": settings.word_size,
        "window": settings.window,
        "negative": settings.negatives,
        "epochs": settings.epochs,
        "seed": settings.seed,
        "workers": settings.threads,
        "min_count": 1,
        "sg": 1,
        "sample": settings.subsample,
        "callbacks": [_reporter(settings.epochs, progress)],
    }
    fasttext = settings.method == "fasttext"
    vectors = FastText(bucket=_FASTTEXT_ROWS, **options).wv if fasttext else Word2Vec(**options).wv
    table_VE = np.zeros((tokenizer.vocab_size, settings.word_size), np.float32)
    for place, word in enumerate(tokenizer.tokens(range(tokenizer.vocab_size))[len(SPECIALS) :], start=len(SPECIALS)):
        table_VE[place] = vectors[word]
    return table_VE


def _reporter(epochs: int, progress: Progress) -> CallbackAny2Vec:
    from gensim.models.callbacks import CallbackAny2Vec

    class Reporter(CallbackAny2Vec):  # type: ignore[misc]
        """Says after which pass over the text the training is."""

        def __init__(self) -> None:
            self.done = 0

        def on_epoch_end(self, model: object) -> None:
            self.done += 1
            progress("learn", self.done, epochs)

    return Reporter()
