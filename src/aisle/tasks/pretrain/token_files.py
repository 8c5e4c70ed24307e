"""A corpus as token files that are mapped into memory and never read whole.

    tokens.bin      the ids of all sentences, one after another (uint16, or uint32 for vocabularies above 65,536)
    sentences.bin   where each sentence ends in it (int64)
    documents.bin   how many sentences there are when each document ends (int64)
    corpus.json     what they were made from, and the counts; written last, so files with it are whole

Legend: N tokens, S sentences, D documents.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError, UserError
from aisle.files.atomic import fsync_directory, write_atomic
from aisle.text.tokenizer_files import read_json

FILES = ("tokens.bin", "sentences.bin", "documents.bin")
_WHOLE, _UNFINISHED = "corpus.json", "unfinished.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How much there is."""

    tokens: int = 0
    sentences: int = 0
    documents: int = 0
    characters: int = 0
    """Of the text that was read, white space between sentences left out."""
    unknown: int = 0
    """Tokens that stand for a word which the vocabulary cannot spell."""


@dataclass(frozen=True, slots=True)
class Tokenized:
    """A chunk of text after tokenization."""

    ids_N: NDArray[np.uint32]
    ends_S: NDArray[np.int64]
    """Where each sentence ends, counted from the chunk's start."""
    breaks: NDArray[np.int64]
    """How many sentences of the chunk there are before each end of a document."""
    characters: int
    unknown: int


class TokenFiles:
    """Finished token files."""

    def __init__(self, directory: Path) -> None:
        """Raises DamagedError where a file is not as long as `corpus.json` says."""
        facts = read_json(directory / _WHOLE)
        self.directory = directory
        self.counts = Counts(**facts["counts"])
        self.identity: dict[str, Any] = facts["identity"]
        kind = np.dtype(facts["dtype"])
        self.tokens_N: NDArray[np.unsignedinteger[Any]] = _mapped(directory / FILES[0], kind, self.counts.tokens)
        self.sentence_ends_S = _mapped(directory / FILES[1], np.dtype(np.int64), self.counts.sentences)
        self.document_ends_D = _mapped(directory / FILES[2], np.dtype(np.int64), self.counts.documents)

    def document_bounds(self) -> NDArray[np.int64]:
        """Where each document begins and the last one ends, in tokens (D + 1)."""
        return np.concatenate([[0], self.sentence_ends_S[self.document_ends_D - 1]])


class TokenWriter:
    """Appends chunks; after every `save` a kill costs only what came later."""

    def __init__(self, directory: Path, identity: Mapping[str, Any], vocab_size: int) -> None:
        """Begin, or go on where an unfinished run of the same corpus stopped."""
        self.directory = directory
        self.identity = json.loads(json.dumps(dict(identity)))
        self.dtype = np.dtype(np.uint16 if vocab_size <= 1 << 16 else np.uint32)
        directory.mkdir(parents=True, exist_ok=True)
        state = read_json(directory / _UNFINISHED)
        if state.get("identity") != self.identity:
            state = {}
        self.chunks: int = state.get("chunks", 0)
        """Chunks that are in the files."""
        self.counts = Counts(**state.get("counts", {}))
        sizes = (
            self.counts.tokens * self.dtype.itemsize,
            8 * self.counts.sentences,
            8 * self.counts.documents,
        )
        self._files = [(directory / name).open("ab") for name in FILES]
        for file, size in zip(self._files, sizes, strict=True):
            file.truncate(size)

    def add(self, part: Tokenized) -> None:
        """Append a chunk."""
        tokens, sentences, documents = self._files
        counts = self.counts
        tokens.write(part.ids_N.astype(self.dtype).tobytes())
        sentences.write((part.ends_S + counts.tokens).tobytes())
        ends = np.concatenate([[self._last_document()], part.breaks + counts.sentences])
        # A document without a sentence is none.
        ends = ends[1:][np.diff(ends) > 0]
        documents.write(ends.astype(np.int64).tobytes())
        self._last = int(ends[-1]) if len(ends) else self._last_document()
        self.counts = Counts(
            tokens=counts.tokens + len(part.ids_N),
            sentences=counts.sentences + len(part.ends_S),
            documents=counts.documents + len(ends),
            characters=counts.characters + part.characters,
            unknown=counts.unknown + part.unknown,
        )
        self.chunks += 1

    _last: int | None = None

    def _last_document(self) -> int:
        """Sentences in all documents that have ended."""
        if self._last is None:
            self._files[2].flush()
            done = np.fromfile(self.directory / FILES[2], np.int64, 1, offset=max(8 * self.counts.documents - 8, 0))
            self._last = int(done[0]) if len(done) else 0
        return self._last

    def save(self) -> None:
        """Make everything so far durable."""
        for file in self._files:
            file.flush()
            os.fsync(file.fileno())
        write_atomic(self.directory / _UNFINISHED, json.dumps(self._facts() | {"chunks": self.chunks}))

    def finish(self) -> TokenFiles:
        """Close the files and open them for reading.

        Raises
            UserError: there was no text at all.
        """
        if not self.counts.documents:
            raise UserError("the corpus holds no text; give files with at least one sentence")
        self.save()
        self.close()
        write_atomic(self.directory / _WHOLE, json.dumps(self._facts(), indent=2) + "\n")
        (self.directory / _UNFINISHED).unlink()
        fsync_directory(self.directory)
        return TokenFiles(self.directory)

    def close(self) -> None:
        """Close the files; what was saved stays."""
        for file in self._files:
            file.close()

    def _facts(self) -> dict[str, Any]:
        return {"identity": self.identity, "counts": asdict(self.counts), "dtype": self.dtype.name}


def finished(directory: Path, identity: Mapping[str, Any]) -> TokenFiles | None:
    """The token files in a directory if they are whole and were made from the same."""
    facts = read_json(directory / _WHOLE)
    if facts.get("identity") != json.loads(json.dumps(dict(identity))):
        return None
    return TokenFiles(directory)


def _mapped(path: Path, kind: np.dtype[Any], count: int) -> NDArray[Any]:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing; remove its directory to read the corpus anew") from None
    if size != count * kind.itemsize:
        raise DamagedError(
            f"{path} has {size} bytes and should have {count * kind.itemsize}; "
            "remove its directory to read the corpus anew"
        )
    return np.memmap(path, kind, "r", shape=(count,))
