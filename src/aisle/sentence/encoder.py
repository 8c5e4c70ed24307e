"""`SentenceEncoder`: texts in, vectors out, without torch. A Transformer, or an encoder over word vectors.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.files.checksums import sha256_file, sha256_text
from aisle.model.checkpoint import read_weights, weight_files
from aisle.model.config import EncoderConfig
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.model.word_config import WordConfig, is_word_encoder
from aisle.model.word_files import read_word_weights
from aisle.runtime.cache import cache_directory
from aisle.runtime.engine import Engine
from aisle.runtime.opening import open_engine
from aisle.runtime.settings import EngineSettings
from aisle.runtime.word_engine import WordEngine
from aisle.text.tokenizer import Tokenizer, check_texts


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """Vectors, and what of the texts they do not know."""

    vectors: NDArray[np.float32]
    """(N, D) in the order of the texts."""
    truncated_texts: int
    """Texts longer than the encoder reads; their vectors stand for their beginning."""
    truncated_tokens: int
    """Tokens that were cut from them in all."""
    unknown_words: int = 0
    """Words that were skipped because an encoder over word vectors has none for them; a Transformer skips none."""


class SentenceEncoder:
    """A trained encoder with its tokenizer and pooling. Safe to use from many threads."""

    def __init__(self, directory: Path, name: str, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        # First of all, because it refuses what is no encoder.
        self.max_tokens = max_tokens(directory)
        pooling = PoolingConfig.load(directory)
        self.name = name
        self.directory = directory
        self.tokenizer = Tokenizer.load(directory)
        self.prompts = pooling.prompts
        self.default_prompt = pooling.default_prompt
        self.fingerprint = fingerprint(directory)
        self.engine: Engine | WordEngine
        if is_word_encoder(directory):
            self.engine = WordEngine(WordConfig.load(directory), read_word_weights(directory), settings.precision)
        else:
            self.engine = open_engine(
                EncoderConfig.load(directory),
                read_weights(directory),
                pooling.mode,
                fingerprint=self.fingerprint,
                tokenize=lambda texts: self.tokenizer.encode_batch(texts, max_tokens=self.max_tokens).ids,
                settings=settings,
            )
        self.dim = self.engine.dim

    @classmethod
    def load(cls, name_or_dir: str | Path, *, settings: EngineSettings | None = None) -> SentenceEncoder:
        """Load `minilm` or a checkpoint directory in the Hugging Face or sentence-transformers layout."""
        directory = find_checkpoint(name_or_dir)
        name = str(name_or_dir) if str(name_or_dir) == "minilm" else directory.name
        return cls(directory, name, settings)

    def encode(self, texts: Sequence[str], *, normalize: bool = True, prompt: str = "") -> NDArray[np.float32]:
        """Vectors (N, D) of `texts` in their order, of unit length unless `normalize` is False.

        `prompt` names one of the checkpoint's `prompts` to put in front; without it, its default prompt, if it has one.
        Texts longer than `max_tokens` are cut; `encode_counted` says how many.
        """
        return self.encode_counted(texts, normalize=normalize, prompt=prompt).vectors

    def encode_counted(self, texts: Sequence[str], *, normalize: bool = True, prompt: str = "") -> Encoded:
        """Like `encode`, with the count of what was cut."""
        check_texts(texts)
        front = self._prompt(prompt)
        batch = self.tokenizer.encode_batch(
            [front + text for text in texts] if front else texts, max_tokens=self.max_tokens
        )
        vectors_ND = self.engine.run(batch.ids)
        if normalize:
            lengths_N1 = np.linalg.norm(vectors_ND, axis=1, keepdims=True)
            vectors_ND = vectors_ND / np.maximum(lengths_N1, 1e-12)
        return Encoded(
            vectors=vectors_ND,
            truncated_texts=batch.truncated_texts,
            truncated_tokens=batch.truncated_tokens,
            unknown_words=self._unknown_words(batch.ids),
        )

    def knows(self, word: str) -> bool:
        """Whether its vocabulary has the word whole, and need not take it to pieces."""
        return self.tokenizer.knows(word)

    def _unknown_words(self, ids: Sequence[Sequence[int]]) -> int:
        unknown = self.tokenizer.special.unk
        return sum(row.count(unknown) for row in ids) if isinstance(self.engine, WordEngine) else 0

    def _prompt(self, name: str) -> str:
        name = name or self.default_prompt
        if name and name not in self.prompts:
            allowed = ", ".join(self.prompts) or "none"
            raise UserError(f"prompt {name!r} is not one of this checkpoint's prompts: {allowed}")
        return self.prompts[name] if name else ""


def max_tokens(directory: Path) -> int:
    """The longest input that a checkpoint reads whole, special tokens included."""
    if is_word_encoder(directory):
        return WordConfig.load(directory).max_tokens
    positions = EncoderConfig.load(directory).max_tokens
    return min(PoolingConfig.load(directory).max_tokens or positions, positions)


# Everything that a text's vector depends on. Model cards and training records may change without changing a vector.
_SMALL_FILES = (
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "config_sentence_transformers.json",
)


def checkpoint_files(directory: Path) -> list[Path]:
    """The files of a checkpoint that its vectors depend on."""
    small = [*(directory / name for name in _SMALL_FILES), *sorted(directory.glob("[0-9]_*/config.json"))]
    return [path for path in (*small, *weight_files(directory)) if path.is_file()]


def copy_checkpoint(source: Path, target: Path) -> None:
    """Copy the files of a checkpoint that its vectors depend on into a new directory."""
    target.mkdir(parents=True)
    for path in checkpoint_files(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def fingerprint(directory: Path) -> str:
    """SHA-256 over the names and contents of a checkpoint's files."""
    return fingerprint_of_files(directory, checkpoint_files(directory))


def fingerprint_of_files(directory: Path, files: Sequence[Path]) -> str:
    """SHA-256 over the names and contents of files in a directory.

    Hashing weights takes longer than loading them, so it is done once: the result is kept under what the file
    system says of the files, their change times among it, which every writing moves on.
    """
    store = cache_directory()
    seen = None if store is None else store / f"{sha256_text(repr([_state(path) for path in files]))}.fingerprint"
    if seen is not None and seen.is_file():
        return seen.read_text("ascii")
    found = sha256_text("\n".join(f"{path.relative_to(directory)} {sha256_file(path)}" for path in files))
    if seen is not None:
        write_atomic(seen, found)
    return found


def _state(path: Path) -> tuple[str, int, int, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
