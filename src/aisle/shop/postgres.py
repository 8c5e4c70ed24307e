"""A ledger in PostgreSQL, for several machines that share it. The statements are those of SQLite (`storage.py`)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from typing import Any

from aisle.errors import AisleError, AwayError, BusyError, DamagedError, UserError
from aisle.shop.postgres_address import PostgresAddress, is_postgres, parse_postgres
from aisle.shop.postgres_schema import LAYOUT, TABLES
from aisle.shop.storage import Connection

__all__ = ["create_postgres", "is_postgres", "ledger_exists", "open_postgres"]

BUSY_SECONDS = 10
"""How long to wait for another process's write before giving up with `BusyError`."""
_CONNECT_SECONDS = 10
_AT_ONCE = 2_000
"""Rows that are fetched in one go."""


class PostgresStorage:
    """One connection to a ledger's schema, as `Storage`. Long readings take a connection of their own."""

    def __init__(self, address: PostgresAddress, *, read_only: bool) -> None:
        self.address = address
        self.lock = threading.RLock()
        self._read_only = read_only
        self._depth = 0
        self._owner = 0
        self._raw: Any = connect(address, read_only=read_only)

    @property
    def connection(self) -> Connection:
        """As `Storage`."""
        return _Statements(self)

    def raw(self) -> Any:
        """The driver's connection; a new one where the old one broke and no transaction was begun on it."""
        if (self._raw.closed or self._raw.broken) and not self._depth:
            self._raw = connect(self.address, read_only=self._read_only)
        return self._raw

    def inside(self) -> bool:
        """Whether this thread is in a transaction, so that what it reads must be read there."""
        return bool(self._depth) and self._owner == threading.get_ident()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A connection in a transaction, for reading many rows piece by piece while others work."""
        if self.inside():
            yield self._raw
            return
        own = connect(self.address, read_only=True)
        try:
            own.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield own
        finally:
            own.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As `Storage`. Writers wait for each other, so that revisions are committed in their order."""
        with self.lock, self.translated():
            if self._depth:
                yield self.connection
                return
            with self._begun("BEGIN; LOCK TABLE counters IN EXCLUSIVE MODE", "COMMIT"):
                yield self.connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """As `Storage`."""
        with self.lock, self.translated():
            if self._depth:
                yield
                return
            with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ROLLBACK"):
                yield

    @contextmanager
    def _begun(self, begin: str, end: str) -> Iterator[None]:
        raw = self.raw()
        self._depth, self._owner = 1, threading.get_ident()
        try:
            raw.execute(begin)
            yield
            raw.execute(end)
        except BaseException:
            with suppress(_errors().Error):
                raw.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def translated(self) -> AbstractContextManager[None]:
        """As `Storage`."""
        return translated(self.address)

    def problems(self) -> list[str]:
        """As `Storage`: reads every row, and looks for what contradicts itself."""
        found: list[str] = []
        try:
            with self.snapshot():
                for what, statement in _CONTRADICTIONS.items():
                    (count,) = self.connection.execute(statement).fetchone()
                    if count:
                        found.append(f"{self.address.uri}: {count} {what}")
                for table in ("products", "deleted", "queries", "events"):
                    for _ in self.connection.execute(f"SELECT * FROM {table}"):
                        pass
        except AisleError as error:
            found.append(str(error))
        return found

    def close(self) -> None:
        """As `Storage`."""
        self._raw.close()


_CONTRADICTIONS = {
    "events of queries that are not there": "SELECT count(*) FROM events LEFT JOIN queries USING (query_no) "
    "WHERE query_no IS NOT NULL AND query IS NULL",
    "products that are deleted and there": "SELECT count(*) FROM products JOIN deleted USING (product_id)",
    "changes newer than the newest": "SELECT count(*) FROM (SELECT revision FROM products UNION ALL "
    "SELECT revision FROM deleted) AS changes WHERE revision > (SELECT value FROM counters WHERE name = 'revision')",
}


class _Statements:
    """The connection as the ledger's statements see it."""

    def __init__(self, storage: PostgresStorage) -> None:
        self._storage = storage

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> _Rows:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            return _Rows(self._storage, statement, parameters)
        with self._storage.lock:
            return _Rows(
                self._storage, statement, parameters, self._storage.raw().execute(_spelt(statement), parameters)
            )

    def executemany(self, statement: str, parameters: Iterable[Sequence[Any]], /) -> None:
        with self._storage.lock, self._storage.raw().cursor() as cursor:
            cursor.executemany(_spelt(statement), list(parameters))


class _Rows:
    """What a statement gives; a reading one is run when its rows are asked for, one row or all."""

    _numbers = itertools.count()

    def __init__(self, storage: PostgresStorage, statement: str, parameters: Sequence[Any], done: Any = None) -> None:
        self._storage = storage
        self._statement = statement
        self._parameters = parameters
        self._done = done

    @property
    def rowcount(self) -> int:
        return int(self._done.rowcount)

    def fetchone(self) -> Any:
        if self._done is None:
            with self._storage.lock:
                self._done = self._storage.raw().execute(_spelt(self._statement), self._parameters)
        return self._done.fetchone()

    def __iter__(self) -> Iterator[Any]:
        with (
            self._storage.reading() as connection,
            connection.cursor(name=f"aisle_{next(self._numbers)}") as cursor,
        ):
            cursor.itersize = _AT_ONCE
            cursor.execute(_spelt(self._statement), self._parameters)
            yield from cursor


@lru_cache(maxsize=256)
def _spelt(statement: str) -> str:
    """A statement of ours as the driver wants it."""
    return statement.replace("%", "%%").replace("?", "%s").replace("json_each(", "aisle_each(")


def create_postgres(uri: str) -> None:
    """Put an empty ledger at `uri`. Raises `UserError` where there is one."""
    address = parse_postgres(uri)
    with translated(address):
        raw = connect(address, read_only=False)
        try:
            with raw.transaction():
                raw.execute(f'CREATE SCHEMA IF NOT EXISTS "{address.schema}"')
                if _layout(raw) is not None:
                    raise UserError(f"{uri}: there is a ledger already; open it, or name another schema")
                raw.execute(TABLES)
        finally:
            raw.close()


def ledger_exists(uri: str) -> bool:
    """Whether there is a ledger at `uri`."""
    address = parse_postgres(uri)
    with translated(address):
        raw = connect(address, read_only=True)
        try:
            return _layout(raw) is not None
        finally:
            raw.close()


def open_postgres(uri: str, *, read_only: bool) -> PostgresStorage:
    """Connect to the ledger at `uri`.

    Raises `UserError` where there is none or one of a newer aisle, `AwayError` where the database does not answer.
    """
    address = parse_postgres(uri)
    with translated(address):
        storage = PostgresStorage(address, read_only=read_only)
        layout = _layout(storage.raw())
        if layout != LAYOUT:
            storage.close()
            if layout is None:
                raise UserError(
                    f"{uri}: there is no ledger; make a shop with: aisle shop create SHOP --catalogue FILE --ledger URI"
                )
            raise UserError(
                f"{uri}: was written by a newer aisle (ledger layout {layout}; this one knows {LAYOUT}); "
                "upgrade aisle to open it"
            )
    return storage


def _layout(raw: Any) -> int | None:
    """The layout of the ledger in the connection's schema; None where there is no ledger."""
    if raw.execute("SELECT to_regclass(current_schema() || '.counters')").fetchone() == (None,):
        return None
    row = raw.execute("SELECT value FROM counters WHERE name = 'layout'").fetchone()
    return None if row is None else int(row[0])


def connect(address: PostgresAddress, *, read_only: bool) -> Any:
    """A connection of the driver's, whose commits have reached the disk when they return."""
    try:
        import psycopg
    except ImportError:
        raise UserError(
            f"the ledger {address.uri} needs PostgreSQL's driver; install it with: pip install 'aisle[postgres]'"
        ) from None
    raw = psycopg.connect(
        address.connection, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="aisle"
    )
    raw.execute(f'SET search_path TO "{address.schema}"')
    raw.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    raw.execute("SET synchronous_commit = on")
    if read_only:
        raw.execute("SET default_transaction_read_only = on")
    return raw


def _errors() -> Any:
    import psycopg

    return psycopg.errors


@contextmanager
def translated(address: PostgresAddress) -> Iterator[None]:
    """PostgreSQL's errors in the block as ours, with the ledger's URI and what to do."""
    try:
        yield
    except Exception as error:
        try:
            import psycopg
        except ImportError:
            raise error from None
        if not isinstance(error, psycopg.Error):
            raise
        raise _translation(error, address.uri) from error


def _translation(error: Any, uri: str) -> AisleError:
    errors = _errors()
    said = " ".join(str(error).split())[:200]
    if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
        return BusyError(f"{uri}: another process is writing to the ledger; try again when it is done")
    if isinstance(error, errors.ReadOnlySqlTransaction | errors.InsufficientPrivilege):
        return UserError(f"{uri}: the ledger may only be read ({said}); open it where you may write")
    if isinstance(error, errors.DiskFull):
        return AisleError(f"{uri}: no room left on the disk; nothing of this was kept: free some space and try again")
    if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted | errors.UndefinedTable | errors.UndefinedColumn):
        return DamagedError(f"{uri}: the ledger is damaged ({said}); restore it from a backup")
    if isinstance(error, errors.DataError):
        return UserError(f"{uri}: PostgreSQL cannot keep this ({said}); correct it and try again")
    if isinstance(error, errors.OperationalError):
        return AwayError(f"{uri}: the ledger's database does not answer ({said}); try again when it does")
    return AisleError(f"{uri}: the ledger failed ({said})")
