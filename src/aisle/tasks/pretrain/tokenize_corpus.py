"""Raw text to token files, on several processes, in an order that does not depend on them.

Constant memory: a process is handed a chunk at a time, and no more chunks are under way than there are processes to
take the next one at once.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import UserError
from aisle.files.checksums import sha256_text
from aisle.files.opening import shown_name
from aisle.progress import Progress, silent
from aisle.runtime.hardware import cores
from aisle.tasks.pretrain.corpus import Chunk, chunks
from aisle.tasks.pretrain.settings import CorpusSettings
from aisle.tasks.pretrain.token_files import TokenFiles, Tokenized, TokenWriter, finished
from aisle.text.sentences import sentences
from aisle.text.tokenizer import Tokenizer

_SAVE_EVERY = 32  # chunks


def tokenize_corpus(
    paths: Sequence[str | Path],
    tokenizer_directory: Path,
    output: Path,
    settings: CorpusSettings,
    *,
    progress: Progress = silent,
) -> TokenFiles:
    """The token files of a corpus in `output`: those that are there if they were made from the same, else new ones.

    A run that was interrupted goes on where it was.

    Raises
        UserError: a file cannot be read, or there is no text.
    """
    tokenizer = Tokenizer.load(tokenizer_directory)
    identity = _identity(paths, tokenizer, settings)
    there = finished(output, identity)
    if there is not None:
        return there
    (output / "corpus.json").unlink(missing_ok=True)
    with closing(TokenWriter(output, identity, tokenizer.vocab_size)) as writer:
        todo = islice(chunks(paths, settings), writer.chunks, None)
        for part in _tokenized(todo, tokenizer_directory, settings.processes or cores()):
            writer.add(part)
            if writer.chunks % _SAVE_EVERY == 0:
                writer.save()
            progress("tokens", writer.counts.tokens, 0)
        return writer.finish()


def _identity(paths: Sequence[str | Path], tokenizer: Tokenizer, settings: CorpusSettings) -> dict[str, Any]:
    """What the tokens depend on."""
    files = []
    for path in paths:
        if not Path(path).is_file():
            raise UserError(f"{shown_name(path)}: there is no such file; a corpus is read more than once")
        files.append([str(path), Path(path).stat().st_size, Path(path).stat().st_mtime_ns])
    vocabulary = sha256_text(tokenizer.fast.to_str())
    return {
        "files": files,
        "documents": settings.documents,
        "columns": list(settings.columns),
        "tokenizer": vocabulary,
        "format": 1,
    }


def _tokenized(todo: Iterator[Chunk], directory: Path, processes: int) -> Iterator[Tokenized]:
    if processes == 1:
        work = _Worker(directory)
        yield from map(work, todo)
        return
    # A fresh process and not a fork: the tokenizer's threads do not survive one.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (directory,)) as pool:
        under_way: deque[Future[Tokenized]] = deque()
        for chunk in todo:
            under_way.append(pool.submit(_work, chunk))
            if len(under_way) > 2 * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


class _Worker:
    """Cuts and tokenizes chunks."""

    def __init__(self, directory: Path) -> None:
        self._tokenizer = Tokenizer.load(directory)

    def __call__(self, chunk: Chunk) -> Tokenized:
        found: list[str] = []
        breaks = []
        for paragraph in chunk.paragraphs:
            if paragraph is None:
                breaks.append(len(found))
            else:
                found += sentences(paragraph)
        pieces = self._tokenizer.pieces(found)
        # What normalisation leaves nothing of (a lone control character) is no sentence.
        kept = [place for place, ids in enumerate(pieces) if ids]
        ids_N = np.fromiter(_joined(pieces), np.uint32)
        lengths_S = np.fromiter((len(pieces[place]) for place in kept), np.int64, len(kept))
        return Tokenized(
            ids_N=ids_N,
            ends_S=np.cumsum(lengths_S),
            breaks=np.searchsorted(np.array(kept, np.int64), np.array(breaks, np.int64)),
            characters=sum(map(len, found)),
            unknown=int((ids_N == self._tokenizer.special.unk).sum()),
        )


_worker: _Worker


def _begin(directory: Path) -> None:
    global _worker
    _worker = _Worker(directory)


def _work(chunk: Chunk) -> Tokenized:
    return _worker(chunk)


def _joined(pieces: Iterable[list[int]]) -> Iterator[int]:
    return (token for ids in pieces for token in ids)
