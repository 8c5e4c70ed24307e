"""What a table reader yields: good rows, and bad ones with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One record. Values are `str` from CSV and TSV, and also numbers, booleans, lists and objects from the others."""

    line: int
    """Line of the file the record starts on, counted from 1; for Parquet the number of the row."""
    values: dict[str, Any]
    """Column name to value, in the order of the file."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that cannot be read. The rest of the file still can."""

    line: int
    reason: str
    """In plain words, with the column where it is known."""
    raw: str
    """The line as it stands in the file."""


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table: its columns are known, its rows are still to be read, once."""

    columns: tuple[str, ...]
    """From the header; for JSON Lines the keys seen in the first rows."""
    rows: Iterator[Row | BadRow]
    format: str
    """`csv`, `tsv`, `jsonl` or `parquet`."""
