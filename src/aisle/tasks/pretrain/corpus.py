"""Raw text in chunks of even size, streamed: never more than one chunk of a corpus is in memory here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.errors import UserError
from aisle.files.lines import read_lines
from aisle.files.tables import BadRow, open_table
from aisle.tasks.pretrain.settings import CorpusSettings

CHUNK_CHARACTERS = 1 << 19
"""About how much text is handed to a process at once."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some paragraphs in order; None where a document ends. A document may go on in the next chunk."""

    paragraphs: list[str | None]


def chunks(paths: Sequence[str | Path], settings: CorpusSettings) -> Iterator[Chunk]:
    """The paragraphs of all files, cut without regard to how many processes will read them.

    Raises
        UserError: a file cannot be read, or a table lacks a column.
    """
    gathered: list[str | None] = []
    size = 0
    for paragraph in _paragraphs(paths, settings):
        gathered.append(paragraph)
        size += len(paragraph or "")
        if size >= CHUNK_CHARACTERS:
            yield Chunk(gathered)
            gathered, size = [], 0
    if gathered:
        yield Chunk(gathered)


def _paragraphs(paths: Sequence[str | Path], settings: CorpusSettings) -> Iterator[str | None]:
    for path in paths:
        if settings.columns:
            yield from _rows(path, settings.columns)
            continue
        for line in read_lines(path):
            if line.strip():
                yield line
                if settings.documents == "line":
                    yield None
            elif settings.documents == "blank-line":
                yield None
        yield None


def _rows(path: str | Path, columns: Sequence[str]) -> Iterator[str | None]:
    """Every row of a table is a document, every one of its columns a paragraph."""
    table = open_table(path)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise UserError(f"{path} has no column {missing[0]!r}; its columns are {', '.join(table.columns)}")
    for row in table.rows:
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; mend or remove this row")
        for column in columns:
            value = row.values.get(column)
            if value and str(value).strip():
                yield str(value)
        yield None
