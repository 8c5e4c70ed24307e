"""Where a shop's ledger is asked: its own SQLite file, or PostgreSQL.

Both run one SELECT over the views, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aisle.errors import UserError
from aisle.sql.execution import Cell, Readable, Rows, RunLimits, reading, run_select
from aisle.sql.render import SQLITE, Dialect


class Source(Protocol):
    """A ledger that is only read."""

    @property
    def dialect(self) -> Dialect:
        """How queries are written for it."""

    def run(self, sql: str, limits: RunLimits) -> Rows:
        """The rows of one SELECT over the views. Raises as `aisle.sql.execution.run_select`."""

    def own(self, *statements: str) -> list[list[tuple[Cell, ...]]]:
        """The rows of statements of ours over views and tables, all read from one connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSource:
    """A SQLite file."""

    readable: Readable

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return SQLITE

    def run(self, sql: str, limits: RunLimits) -> Rows:
        """As `Source`."""
        return run_select(sql, self.readable, limits)

    def own(self, *statements: str) -> list[list[tuple[Cell, ...]]]:
        """As `Source`."""
        with reading(self.readable) as connection:
            return [connection.execute(statement).fetchall() for statement in statements]


def file_source(path: Path, tables: dict[str, frozenset[str]], views: dict[str, str]) -> FileSource:
    """Raises UserError where there is no file."""
    if not path.is_file():
        raise UserError(f"{path}: there is no ledger here; make a shop with: aisle shop create SHOP --catalogue FILE")
    return FileSource(readable=Readable(path=path, tables=tables, views=views))
