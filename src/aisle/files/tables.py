"""Tables of named columns, row by row: CSV, TSV, JSON Lines and Parquet, gzip too, `-` for standard input.

Memory stays bounded whatever the size of the file. A row that cannot be read is yielded as a `BadRow`; only what makes
the whole file unusable (no header, an unknown kind, a gzip file cut short) is a `UserError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from aisle.errors import UserError
from aisle.files.delimited import read_csv, read_tsv
from aisle.files.jsonl import read_jsonl
from aisle.files.opening import STDIN, Line, numbered_lines, open_input, shown_name
from aisle.files.parquet import read_parquet
from aisle.files.rows import BadRow, Row, Table

__all__ = ["BadRow", "Row", "Table", "open_table", "read_columns", "read_rows", "table_format"]

_TEXT_READERS = {"csv": read_csv, "tsv": read_tsv, "jsonl": read_jsonl}
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
FORMATS = ("csv", "tsv", "jsonl", "parquet")


def read_rows(path: str | Path, *, format: str | None = None) -> Iterator[Row | BadRow]:  # noqa: A002
    """The rows of a table. `format` is one of `FORMATS`; without it the file's name decides."""
    return open_table(path, format=format).rows


def read_columns(path: str | Path, *, format: str | None = None) -> list[str]:  # noqa: A002
    """The names of a table's columns (for JSON Lines, the keys of its first rows)."""
    return list(open_table(path, format=format).columns)


def open_table(path: str | Path, *, format: str | None = None) -> Table:  # noqa: A002
    """A table's columns and its rows, reading the input only once, so that standard input works too."""
    kind = table_format(path, format)
    if kind == "parquet":
        return read_parquet(path)
    name = shown_name(path)
    with ExitStack() as stack:
        lines = numbered_lines(stack.enter_context(open_input(path)), name)
        if kind is None:
            kind, lines = _sniffed(lines, name)
        table = _TEXT_READERS[kind](lines, name)
        return Table(table.columns, _closing(stack.pop_all(), table.rows), kind)


def table_format(path: str | Path, format: str | None = None) -> str | None:  # noqa: A002
    """The kind of a table by `format` or by its name; None for standard input, whose first line will tell."""
    name = shown_name(path)
    if format is not None and format not in FORMATS:
        raise UserError(f"unknown format {format!r}; allowed are {', '.join(FORMATS)}")
    packed = str(path).lower().endswith(".gz")
    by_name = _SUFFIXES.get(Path(str(path).lower().removesuffix(".gz")).suffix)
    kind = format or by_name
    if kind == "parquet" and (packed or str(path) == STDIN):
        raise UserError(f"{name}: Parquet must be a plain file on disk, neither gzip nor standard input")
    if kind is None and str(path) != STDIN:
        endings = ", ".join(_SUFFIXES)
        raise UserError(f"{name}: cannot tell the format from the name; allowed endings are {endings}, each also .gz")
    return kind


def _sniffed(lines: Iterator[Line], name: str) -> tuple[str, Iterator[Line]]:
    first = next(lines, None)
    if first is None:
        raise UserError(f"{name}: is empty; give a table whose first line names the columns, or JSON Lines")
    if first.text.startswith("PAR1"):
        raise UserError(f"{name}: Parquet must be a plain file on disk; save it first")
    kind = "jsonl" if first.text.lstrip()[:1] in ("{", "[") else "tsv" if "\t" in first.text else "csv"
    return kind, chain([first], lines)


def _closing(stack: ExitStack, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
    with stack:
        yield from rows
