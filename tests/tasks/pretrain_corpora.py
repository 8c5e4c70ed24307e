"""Small corpora and vocabularies for tests of pre-training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aisle.tasks.pretrain.settings import CorpusSettings
from aisle.tasks.pretrain.token_files import TokenFiles
from aisle.tasks.pretrain.tokenize_corpus import tokenize_corpus
from aisle.text.tokenizer import Tokenizer
from aisle.text.vocabulary import Vocabulary
from tests.conftest import LETTERS, WORDS

ONE_PROCESS = CorpusSettings(processes=1)


def write_tokenizer(directory: Path, words: Sequence[str] = WORDS) -> Path:
    """BERT's tokenizer over letters and some words."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *words]
    Tokenizer.of_vocabulary(Vocabulary(tuple(tokens))).save(directory)
    return directory


def prose(documents: int, *, seed: int = 0, paragraphs: int = 3, words: Sequence[str] = WORDS) -> str:
    """Documents of some paragraphs of some sentences, with blank lines between documents."""
    random = np.random.default_rng(seed)

    def sentence() -> str:
        return " ".join(random.choice(words, random.integers(2, 9))).capitalize() + "."

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(random.integers(1, 5)))

    made = ["\n".join(paragraph() for _ in range(paragraphs)) for _ in range(documents)]
    return "\n\n".join(made) + "\n"


def token_files(directory: Path, text: str, settings: CorpusSettings = ONE_PROCESS) -> tuple[TokenFiles, Tokenizer]:
    """The token files of a text."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "corpus.txt").write_text(text)
    folder = write_tokenizer(directory / "tokenizer")
    files = tokenize_corpus([directory / "corpus.txt"], folder, directory / "tokens", settings)
    return files, Tokenizer.load(folder)
