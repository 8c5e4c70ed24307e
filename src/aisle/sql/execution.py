"""Running one SELECT so that it can neither change anything, nor see more than it may, nor run on and on.

Four walls, each of which would do for most of it: the file is opened read-only; SQLite's authorizer is asked about
every table, column and function that a statement would touch, before it runs, and refuses all that is not on the lists;
the statement must be one SELECT; and a clock inside SQLite's own loop stops it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aisle.errors import AisleError, BusyError, UserError

Cell = str | int | float | None
Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]

FUNCTIONS = frozenset(
    {"count", "sum", "total", "avg", "min", "max", "abs", "round", "lower", "upper", "length", "like"}
)
"""What a statement may call."""
_VIEW_FUNCTIONS = FUNCTIONS | {"strftime", "date", "coalesce", "json_extract", "json_each"}
_VIEW_FUNCTIONS |= {"nullif"}
_OPERATIONS_BETWEEN_LOOKS = 2_000
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 20_000),
    (sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 2),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 60),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
)


class RefusedError(UserError):
    """A statement that may not run, or that ran into its time limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLimits:
    """How much one statement may take."""

    rows: int = 200
    """Rows that are given back; more are counted as cut off and not fetched."""
    seconds: float = 5.0
    """The longest that it may run."""

    def __post_init__(self) -> None:
        if not 1 <= self.rows <= 100_000:
            raise UserError(f"rows is {self.rows}; it must be from 1 to 100,000")
        if not 0 < self.seconds <= 600:
            raise UserError(f"seconds is {self.seconds}; it must be more than 0 and at most 600")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What a statement found."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: bool
    """Whether there are more rows than were fetched."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Readable:
    """What may be read of a SQLite file."""

    path: Path
    tables: Mapping[str, frozenset[str]]
    """Columns by table or view, as the file or `views` name them; nothing else can be named."""
    views: Mapping[str, str]
    """Views that are made for the time of the connection: name and SELECT. What they read need not be in `tables`."""


def run_select(sql: str, readable: Readable, limits: RunLimits | None = None) -> Rows:
    """The rows of one SELECT.

    Raises
        RefusedError: it is anything but one SELECT over the tables and columns that may be read, calls a function that
            is not on the list, is no sound SQL, or does not end in time.
        BusyError: another process keeps the file locked.
    """
    limits = limits or RunLimits()
    if sql.lstrip().split(None, 1)[:1] not in (["SELECT"], ["select"]):
        raise RefusedError("only a SELECT is run")
    with closing(_opened(readable)) as connection, _clock(connection, limits.seconds) as clock:
        connection.set_authorizer(_authorizer(readable))
        try:
            cursor = connection.execute(sql)
            rows = cursor.fetchmany(limits.rows + 1)
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise _refusal(error, limits, clock) from error
        columns = tuple(name for name, *_ in cursor.description or ())
        cursor.close()
        return Rows(
            columns=columns,
            rows=tuple(tuple(_cell(value) for value in row) for row in rows[: limits.rows]),
            more=len(rows) > limits.rows,
            seconds=clock.seconds,
        )


@contextmanager
def reading(readable: Readable) -> Iterator[sqlite3.Connection]:
    """A read-only connection with the views, for our own statements: no authorizer, no clock."""
    with closing(_opened(readable)) as connection:
        yield connection


def _opened(readable: Readable) -> sqlite3.Connection:
    path = readable.path
    log = Path(f"{path}-wal")
    # Without a way to make the shared memory beside it, a file without a log stands for itself.
    alone = not os.access(path.parent, os.W_OK) and (not log.exists() or not log.stat().st_size)
    uri = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if alone else ''}"
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)
    except sqlite3.Error as error:
        raise UserError(f"{path}: cannot be opened ({error})") from error
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")
        for name, select in readable.views.items():
            connection.execute(f'CREATE TEMP VIEW "{name}" AS {select}')
        connection.execute("PRAGMA query_only = ON")
        for limit, most in _LIMITS:
            connection.setlimit(limit, most)
    except sqlite3.Error as error:
        connection.close()
        raise UserError(f"{path}: cannot be read ({error})") from error
    return connection


def _authorizer(readable: Readable) -> Authorizer:
    """SQLite's callback: told an action and what it is on, it allows or denies. Documented at sqlite.org/c3ref."""
    columns = {name.lower(): frozenset(c.lower() for c in names) for name, names in readable.tables.items()}
    views = frozenset(name.lower() for name in readable.views)
    behind: set[str] = set()

    def allow(action: int, first: str | None, second: str | None, _: str | None, inside: str | None) -> int:
        # `inside` is the innermost view that wants it. A view is ours and was written here.
        of_view = inside is not None and inside.lower() in views
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and first is not None:
            known = columns.get(first.lower())
            if of_view:
                behind.add(first.lower())
                return sqlite3.SQLITE_OK
            # The column is empty where only rows are counted; of a view that SQLite has put into the statement it then
            # names the table behind it.
            if not second and (known is not None or first.lower() in behind):
                return sqlite3.SQLITE_OK
            if known is not None and second and second.lower() in known:
                return sqlite3.SQLITE_OK
        callable_ = _VIEW_FUNCTIONS if of_view else FUNCTIONS
        if action == sqlite3.SQLITE_FUNCTION and second is not None and second.lower() in callable_:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return allow


class _Clock:
    def __init__(self) -> None:
        self.started = time.monotonic()
        self.stopped = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


@contextmanager
def _clock(connection: sqlite3.Connection, seconds: float) -> Iterator[_Clock]:
    clock = _Clock()

    def look() -> int:
        clock.stopped = clock.seconds > seconds
        return int(clock.stopped)

    connection.set_progress_handler(look, _OPERATIONS_BETWEEN_LOOKS)
    try:
        yield clock
    finally:
        connection.set_progress_handler(None, 0)


def _refusal(error: Exception, limits: RunLimits, clock: _Clock) -> AisleError:
    if clock.stopped:
        return RefusedError(f"the query was stopped after {limits.seconds:g} seconds; ask for less at once")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError("the database is locked by another process; try again")
    return RefusedError(f"the query is refused: {error}")


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    return f"({len(value)} bytes)" if isinstance(value, bytes) else str(value)
