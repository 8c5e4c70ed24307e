"""The connection to a ledger's SQLite file: how it is opened, what a commit promises, what its failures mean."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from aisle.errors import AisleError, BusyError, DamagedError, UserError
from aisle.files.atomic import fsync_directory, write_error
from aisle.shop.schema import check_header, check_schema, create_tables

BUSY_SECONDS = 10.0
"""How long to wait for another process's write before giving up with `BusyError`."""

_CACHE_KIB = 32 * 1024


class Database:
    """A ledger's SQLite file, as `Storage`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that the block writes, or nothing. On the disk when the block ends; a block inside a block joins it."""
        with self.lock, self.translated():
            if self._depth:
                yield self.connection
                return
            self.connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled it back already
                    self.connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read in the block is of one moment, whatever others write meanwhile."""
        with self.lock, self.translated():
            self.connection.execute("BEGIN")
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                self.connection.execute("ROLLBACK")

    def translated(self) -> AbstractContextManager[None]:
        """As `Storage`."""
        return translated(self.path)

    def problems(self) -> list[str]:
        """As `Storage`: reads every page of the file."""
        try:
            with self.lock, self.translated():
                found = [row[0] for row in self.connection.execute("PRAGMA integrity_check(20)")]
        except AisleError as error:
            return [str(error)]
        return [] if found == ["ok"] else [f"{self.path}: {problem}" for problem in found]

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the file."""
        with self.lock, self.translated():
            self.connection.close()


def create_database(path: Path) -> None:
    """Put an empty ledger at `path`, which must be free. A kill leaves either nothing there or a whole ledger."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with translated(path), closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            create_tables(connection)
        _move_into_place(temporary, path)
        fsync_directory(path.parent)
    except FileExistsError:
        raise UserError(f"{path}: there is a file already; open it, or name another place") from None
    except OSError as error:
        raise write_error(path, error) from None
    finally:
        for name in (temporary, *(Path(f"{temporary}{end}") for end in ("-wal", "-shm", "-journal"))):
            with suppress(OSError):
                name.unlink()


def _move_into_place(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # fails where something is, unlike a rename
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        temporary.rename(path)


def open_database(path: Path, *, read_only: bool) -> Database:
    """Connect to the ledger at `path`.

    Raises `UserError` for a file that is none or of a newer aisle, `DamagedError` for a damaged one, `BusyError` where
    another process keeps it locked.
    """
    check_header(path)
    with translated(path):
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?{_mode(path, read_only)}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
        )
        try:
            check_schema(connection, path)
            # FULL: a commit has reached the disk, not only the operating system, when it returns.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
    return Database(connection, path)


def _mode(path: Path, read_only: bool) -> str:
    if not read_only:
        return "mode=rw"
    # Reading beside writers needs a file of shared memory next to the ledger; where none can be made there can be no
    # writers either, and without a log left over the file stands for itself.
    log = Path(f"{path}-wal")
    log_empty = not log.exists() or log.stat().st_size == 0
    return "mode=ro&immutable=1" if log_empty and not os.access(path.parent, os.W_OK) else "mode=ro"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors in the block as ours, with the ledger's name and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translation(error, path) from error


def _translation(error: sqlite3.Error, path: Path) -> AisleError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"{path}: another process is writing to the ledger; try again when it is done")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedError(f"{path}: the ledger is damaged ({error}); restore it from a backup")
    if code == sqlite3.SQLITE_FULL:
        return AisleError(f"{path}: no room left on the disk; nothing of this was kept: free some space and try again")
    if code == sqlite3.SQLITE_READONLY:
        return UserError(f"{path}: the ledger may only be read ({error}); open it where you may write")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return UserError(f"{path}: the ledger cannot be opened ({error}); check the directory and its permissions")
    if code == sqlite3.SQLITE_IOERR:
        return AisleError(f"{path}: the disk failed under the ledger ({error}); nothing of this was kept: is it full?")
    return AisleError(f"{path}: the ledger failed ({error})")
