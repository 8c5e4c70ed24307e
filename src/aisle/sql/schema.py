"""What questions may be about: tables, columns, constants, and the values that words of a question are linked to."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from aisle.text.plurals import fold_plural

Kind: TypeAlias = Literal["text", "number", "date", "any"]
"""`any` where the contents are not known (a table of which only the column names are given)."""

WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|\w|[^\w\s]")
"""What counts as one word of a question or a value."""
_NEARLY_ALL = 0.8
LONGEST = 6
"""Words of the longest value that is linked."""
_PARTS = re.compile(r"\s*(?:[&,/;]|\band\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    """As SQL has it."""
    words: str
    """As people say it, for the encoder."""
    kind: Kind = "any"
    linked: bool = False
    """Whether its values are looked up in questions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table or a view."""

    name: str
    words: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """A value that queries use although no question names it, such as the 1 of "the most" or what makes a city big."""

    words: str
    value: str | int | float
    columns: tuple[tuple[str, str], ...] = ()
    """(table, column) pairs that it is for; empty for any number column and for limits."""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """All that a question may be about. Columns are numbered over all tables, in their order."""

    tables: tuple[Table, ...]
    constants: tuple[Constant, ...] = ()
    values: ValueIndex = field(default_factory=lambda: ValueIndex())
    closed: bool = True
    """Whether every value of the linked columns is known; if not, any words of a question may be compared with."""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column."""
        return tuple(column for table in self.tables for column in table.columns)

    @cached_property
    def _tables_of(self) -> tuple[int, ...]:
        return tuple(number for number, table in enumerate(self.tables) for _ in table.columns)

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        names = [(table.name.lower(), column.name.lower()) for table in self.tables for column in table.columns]
        return {name: number for number, name in enumerate(names)}

    def table_of(self, column: int) -> int:
        """The number of the table that has a column."""
        return self._tables_of[column]

    def columns_of(self, table: int) -> list[int]:
        """The numbers of a table's columns."""
        return [c for c in range(len(self.columns)) if self.table_of(c) == table]

    def place(self, table: str, column: str) -> int | None:
        """The number of a column by name, without regard to case; None where there is none."""
        return self._places.get((table.lower(), column.lower()))


class ValueIndex:
    """Values of columns by the words that name them, in any number and case."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, ...], dict[str, set[int]]] = {}
        self._parts: dict[tuple[str, ...], dict[str, set[int]]] = {}

    def add(self, value: str, column: int, *, parts: bool = False) -> None:
        """Let the value's words stand for it; with `parts`, also each part of a list such as "Dairy & Eggs"."""
        _put(self._whole, value, value, column)
        for part in _parts(value) if parts else ():
            _put(self._parts, part, value, column)

    def get(self, key: tuple[str, ...]) -> dict[str, frozenset[int]]:
        """The values that these words name, each with the columns that have it: by their parts only where no value is
        named as a whole."""
        found = self._whole.get(key) or self._parts.get(key, {})
        return {value: frozenset(columns) for value, columns in found.items()}

    def __len__(self) -> int:
        return len(self._whole)


def _put(index: dict[tuple[str, ...], dict[str, set[int]]], text: str, value: str, column: int) -> None:
    key = words_key(text)
    if 0 < len(key) <= LONGEST:
        index.setdefault(key, {}).setdefault(value, set()).add(column)


def words_key(text: str) -> tuple[str, ...]:
    """Words in lower case and without their plural; punctuation is left out, and so is "and", which is "&" in words."""
    words = WORD.findall(text.lower())
    return tuple(fold_plural(word) for word in words if (word.isalnum() or not word.isascii()) and word != "and")


def singular(text: str) -> str:
    """A text without a plural's s at its end, so that a pattern made of it finds both numbers."""
    return text[:-1] if len(text) > 3 and text[-1] in "sS" and text[-2] not in "suiSUI'" else text


def _parts(value: str) -> Iterator[str]:
    parts = _PARTS.split(value)
    if len(parts) > 1:
        yield from (part for part in parts if part)


def schema_of_database(
    connection: sqlite3.Connection, *, leave_out: Sequence[str] = (), constants: tuple[Constant, ...] = ()
) -> Schema:
    """The schema of any SQLite file: kinds and values by looking at the contents.

    A text column whose every value is a number counts as one of numbers. `leave_out` names columns that no question
    is about. Text values are all kept in memory, so this is for databases of up to some hundred thousand of them.
    """
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    tables, found = [], []
    for name in names:
        columns = []
        for row in connection.execute(f"SELECT name FROM pragma_table_info('{name}')").fetchall():
            if row[0] in leave_out:
                continue
            values = [v for (v,) in connection.execute(f'SELECT DISTINCT "{row[0]}" FROM "{name}"') if v is not None]
            numeric = bool(values) and all(_is_number(value) for value in values)
            columns.append(
                Column(
                    name=row[0],
                    words=row[0].replace("_", " ").lower(),
                    kind="number" if numeric else "text",
                    linked=not numeric,
                )
            )
            found.append([] if numeric else [str(value) for value in values])
        tables.append(Table(name=name, words=name.replace("_", " ").lower(), columns=tuple(columns)))
    index = ValueIndex()
    for number, domain in enumerate(_domains(found)):
        for value in domain:
            index.add(value, number)
    return Schema(tables=tuple(tables), values=index, constants=constants)


def _domains(found: Sequence[Sequence[str]]) -> Iterator[set[str]]:
    """What each column may be compared with: its own values, and all of a column that has nearly all of its own.

    So a state through which no river runs can still be asked for among the rivers.
    """
    own = [set(values) for values in found]
    for values in own:
        wider = (other for other in own if values and len(values & other) >= _NEARLY_ALL * len(values))
        yield values.union(*wider)


def _is_number(value: object) -> bool:
    if isinstance(value, int | float):
        return True
    try:
        float(str(value))
    except ValueError:
        return False
    return True
