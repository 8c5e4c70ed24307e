"""Rows that could not be used, set aside with the line and the reason so that nothing is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aisle.files.atomic import atomic_file
from aisle.files.rows import BadRow, Row

RAW_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Reject:
    """One row set aside."""

    line: int
    """Line of the file it starts on; for Parquet the number of the row."""
    reason: str
    """What is wrong, in plain words."""
    raw: str
    """The row as it stood; a long one is cut and ends in how long it was."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def reject_row(row: Row | BadRow, reason: str = "") -> Reject:
    """The reject of a row that could not be read, or of a readable one that `reason` says cannot be used."""
    if isinstance(row, BadRow):
        return Reject(row.line, row.reason, clipped(row.raw))
    return Reject(row.line, reason, clipped(json.dumps(row.values, ensure_ascii=False, default=str)))


def clipped(raw: str) -> str:
    """At most `RAW_SHOWN` characters of a row, and its length where it was longer."""
    return raw if len(raw) <= RAW_SHOWN else f"{raw[:RAW_SHOWN]}… ({len(raw):,} characters)"


class RejectsWriter:
    """Rejects on their way into a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0
        """How many were written."""

    def add(self, reject: Reject) -> None:
        """Write one."""
        record = {"line": reject.line, "reason": reject.reason, "raw": reject.raw}
        # Rows with bytes that are no text may hold half surrogates; escapes keep them readable and the file valid.
        self._file.write(json.dumps(record, ensure_ascii=not _encodable(reject)).encode() + b"\n")
        self.count += 1


def _encodable(reject: Reject) -> bool:
    try:
        (reject.reason + reject.raw).encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def rejects_file(path: Path) -> Iterator[RejectsWriter]:
    """A JSON Lines file (`line`, `reason`, `raw`) that takes its place when the block ends well.

    It replaces the file of the load before, also when there is nothing to write: then there is no file afterwards.
    """
    with atomic_file(path) as file:
        writer = RejectsWriter(file)
        yield writer
    if writer.count == 0:
        path.unlink()


def read_rejects(path: Path) -> list[Reject]:
    """The rejects of a file that `rejects_file` wrote; none where there is no file."""
    if not path.exists():
        return []
    return [Reject(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
