"""What a ledger needs of the database it lies in: SQLite (`database.py`) or PostgreSQL (`postgres.py`).

The statements of a ledger are written once, in the SQL that both read alike: `?` for a parameter, `json_each(?)` for
the texts of a JSON list.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """Rows that it changed."""
        ...

    def fetchone(self) -> Any:
        """The first row, or the next; None where there is none."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Row after row, however many there are, in bounded memory."""
        ...


class Connection(Protocol):
    """One connection; a `sqlite3.Connection` is one."""

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Run one statement."""
        ...

    def executemany(self, statement: str, parameters: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for each set of parameters."""
        ...


class Storage(Protocol):
    """One connection, usable from several threads: a lock keeps their transactions apart."""

    lock: threading.RLock

    @property
    def connection(self) -> Connection:
        """The connection."""
        ...

    def translated(self) -> AbstractContextManager[None]:
        """The database's errors in the block as ours, with the ledger's name and what to do."""
        ...

    def transaction(self) -> AbstractContextManager[Connection]:
        """All that the block writes, or nothing. Durable when the block ends; a block inside a block joins it."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read in the block is of one moment, whatever others write meanwhile."""
        ...

    def problems(self) -> list[str]:
        """What is wrong with what is kept, found by reading all of it."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
