"""Reading the data of an evaluation: every row counts, so a bad one stops it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.files.tables import BadRow, read_rows


def required_rows(path: str | Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a table with their line numbers, each of which has a value in every one of `columns`.

    A score over the rows that happened to be readable is not the score of the file: a bad row raises UserError with
    its line, and so does a missing column, a missing value, or a file without rows.
    """
    empty = True
    for row in read_rows(path):
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; an evaluation uses every row, so mend this one")
        for column in columns:
            if column not in row.values:
                there = ", ".join(map(str, row.values))
                raise UserError(f"{path}, line {row.line}: no column {column!r}; its columns are {there}")
            if row.values[column] is None:
                raise UserError(f"{path}, line {row.line}: column {column!r} is empty; fill it in")
        empty = False
        yield row.line, row.values
    if empty:
        raise UserError(f"{path} has no rows; it needs the columns {', '.join(columns)} and at least one row")
