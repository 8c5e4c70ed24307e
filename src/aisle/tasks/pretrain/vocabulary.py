"""The tokenizer of a pre-training run: a vocabulary made from its corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from aisle.progress import Progress, silent
from aisle.tasks.pretrain.corpus import chunks
from aisle.tasks.pretrain.settings import CorpusSettings
from aisle.text.tokenizer import Tokenizer
from aisle.text.wordpiece_training import train_wordpiece

ENOUGH_CHARACTERS = 20_000_000
"""How much text a vocabulary of a run's own is made from: more changes few of its pieces."""


def corpus_tokenizer(
    paths: Sequence[str | Path],
    vocab_size: int,
    settings: CorpusSettings,
    *,
    lower_case: bool = True,
    characters: int = ENOUGH_CHARACTERS,
    progress: Progress = silent,
) -> Tokenizer:
    """BERT's tokenizer over a vocabulary made from the first `characters` of a corpus (0: all of it).

    Raises
        UserError: a file cannot be read, there is no text, or the size is too small.
    """
    vocabulary = train_wordpiece(
        lambda: _texts(paths, settings, characters, progress), vocab_size, lower_case=lower_case
    )
    return Tokenizer.of_vocabulary(vocabulary, lower_case=lower_case)


def _texts(paths: Sequence[str | Path], settings: CorpusSettings, characters: int, progress: Progress) -> Iterator[str]:
    read = 0
    for chunk in chunks(paths, settings):
        for paragraph in chunk.paragraphs:
            if paragraph is not None:
                read += len(paragraph)
                yield paragraph
        progress("vocabulary", read, characters)
        if characters and read >= characters:
            return
