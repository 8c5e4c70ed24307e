"""What a completer learns from: threads of messages, read from mail or plain text.

A thread is one conversation: a subject, if there is one, and its messages in their order. A book is a thread without a
subject whose messages are its paragraphs, so that what stands before serves as the previous message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.errors import UserError
from aisle.files.lines import read_lines
from aisle.files.tables import BadRow, open_table

TEXT_COLUMNS = ("text", "sentence", "message", "query")


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """One conversation, or one document."""

    messages: tuple[str, ...]
    """Its messages or paragraphs, none of them empty."""
    subject: str = ""
    """What it is about; empty where nobody said."""


def read_threads(paths: Sequence[str | Path]) -> Iterator[Thread]:
    """The threads of files: `.mbox` mail, `.tsv`, `.csv` and `.jsonl` tables (a thread a row), else plain text.

    Plain text has a paragraph a line and an empty line between documents. Tables have their text in a column of
    `TEXT_COLUMNS`, and may have a `subject` and a `previous` one.

    Raises
        UserError: a file cannot be read, or holds no text.
    """
    for path in paths:
        found = False
        for thread in _reader(path):
            found = True
            yield thread
        if not found:
            raise UserError(f"{path} holds no text to learn from; give plain text, an mbox or a table of texts")


def _reader(path: str | Path) -> Iterator[Thread]:
    name = str(path).lower().removesuffix(".gz")
    if name.endswith((".mbox", ".mbx")):
        from aisle.tasks.complete.mail import read_mbox

        return read_mbox(Path(path))
    if name.endswith((".tsv", ".csv", ".jsonl", ".ndjson", ".parquet")):
        return read_table(path)
    return read_text(path)


def read_text(path: str | Path) -> Iterator[Thread]:
    """The documents of a plain text file."""
    paragraphs: list[str] = []
    for line in read_lines(path):
        text = " ".join(line.split())
        if text:
            paragraphs.append(text)
        elif paragraphs:
            yield Thread(messages=tuple(paragraphs))
            paragraphs = []
    if paragraphs:
        yield Thread(messages=tuple(paragraphs))


def read_table(path: str | Path) -> Iterator[Thread]:
    """A thread a row. Raises UserError for a row that cannot be read, and where no column holds text."""
    table = open_table(path)
    column = next((name for name in TEXT_COLUMNS if name in table.columns), None)
    if column is None:
        raise UserError(
            f"{path} has no column {' or '.join(TEXT_COLUMNS)}; its columns are {', '.join(table.columns)}; rename one"
        )
    for row in table.rows:
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; mend or remove this row")
        parts = [" ".join(str(row.values.get(key) or "").split()) for key in ("previous", column, "subject")]
        if parts[1]:
            yield Thread(messages=tuple(part for part in parts[:2] if part), subject=parts[2])
