"""A file of texts to a file of vectors, in bounded memory, going on after an interruption.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.files.checksums import sha256_file
from aisle.files.lines import read_lines
from aisle.progress import Progress
from aisle.sentence.encoder import SentenceEncoder

CHUNK = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamReport:
    """What was encoded."""

    texts: int
    """Lines in the file."""
    dim: int
    """Length of a vector."""
    seconds: float
    """Time this run took."""
    texts_per_second: float
    """Texts that this run encoded, a second."""
    truncated: int
    """Texts longer than the encoder reads."""
    truncated_tokens: int
    """Tokens cut from them."""
    resumed: int
    """Texts that an earlier, interrupted run had done already."""


def check_output(target: str) -> None:
    """Raise UserError for a name that cannot be written to, before an encoder is loaded for it."""
    if not target.endswith(".npy"):
        raise UserError(f"output is {target!r}; it must end in .npy")


def encode_file(
    encoder: SentenceEncoder, source: str, target: str, normalize: bool, progress: Progress
) -> StreamReport:
    """Vectors of every line of `source` to the NumPy file `target`, float32 (N, D), in order.

    Work in progress is kept in `target.partial`: the vectors, and a note of how far they go. A later call with the
    same input, encoder and normalisation goes on from there; another input starts anew.
    """
    check_output(target)
    started = time.perf_counter()
    partial = Path(f"{target}.partial")
    note_path = Path(f"{target}.partial.json")
    # Standard input cannot be read twice, so a run that reads it cannot be gone on with.
    same = None if source == "-" else f"{sha256_file(Path(source))} {encoder.fingerprint} {normalize}"
    note = _note(note_path, same, partial, encoder.dim)
    resumed, truncated, cut = note
    lines = read_lines(source)
    next(islice(lines, resumed, resumed), None)
    texts = resumed
    with partial.open("r+b" if resumed else "wb") as file:
        file.seek(resumed * encoder.dim * 4)
        file.truncate()
        for chunk in _chunks(lines):
            encoded = encoder.encode_counted(chunk, normalize=normalize)
            file.write(encoded.vectors.tobytes())
            texts += len(chunk)
            truncated += encoded.truncated_texts
            cut += encoded.truncated_tokens
            if same is not None:
                file.flush()
                os.fsync(file.fileno())
                write_atomic(note_path, json.dumps({"same": same, "done": [texts, truncated, cut]}))
            progress("encode", texts, 0)
    _finish(partial, Path(target), texts, encoder.dim)
    note_path.unlink(missing_ok=True)
    seconds = time.perf_counter() - started
    return StreamReport(
        texts=texts,
        dim=encoder.dim,
        seconds=seconds,
        texts_per_second=(texts - resumed) / seconds,
        truncated=truncated,
        truncated_tokens=cut,
        resumed=resumed,
    )


def _chunks(lines: Iterator[str]) -> Iterator[list[str]]:
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def _note(path: Path, same: str | None, partial: Path, dim: int) -> tuple[int, int, int]:
    if same is None or not path.is_file() or not partial.is_file():
        return 0, 0, 0
    note = json.loads(path.read_text())
    texts, truncated, cut = note["done"]
    if note["same"] != same or partial.stat().st_size < texts * dim * 4:
        return 0, 0, 0
    return texts, truncated, cut


def _finish(partial: Path, target: Path, texts: int, dim: int) -> None:
    # The header is known only now; it goes in front through a second file that replaces the target in one step.
    complete = Path(f"{target}.complete")
    with complete.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (texts, dim)})
        with partial.open("rb") as source:
            while block := source.read(1 << 24):
                file.write(block)
        file.flush()
        os.fsync(file.fileno())
    complete.replace(target)
    partial.unlink()
