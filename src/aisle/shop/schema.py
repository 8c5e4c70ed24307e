"""The tables of a ledger, and how a file is known to be one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from aisle.errors import DamagedError, UserError

APPLICATION_ID = 0x4149534C
"""Stands in the header of every ledger ("AISL"), so that another program's SQLite file is not taken for one."""

SCHEMA_VERSION = 1
"""The newest layout this code knows, and the one it writes."""

_SQLITE_HEADER = b"SQLite format 3\0"

TABLES = """
CREATE TABLE products (
    product_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    brand TEXT NOT NULL,
    category TEXT NOT NULL,      -- JSON list, widest level first
    attributes TEXT NOT NULL,    -- JSON list
    description TEXT NOT NULL,
    price REAL,
    stores TEXT NOT NULL,        -- JSON list; empty for every store
    in_stock INTEGER NOT NULL,
    image TEXT NOT NULL,
    revision INTEGER NOT NULL    -- when it was last changed
) WITHOUT ROWID;
CREATE INDEX products_by_revision ON products (revision);

-- What was deleted, so that an index can follow.
CREATE TABLE deleted (product_id TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX deleted_by_revision ON deleted (revision);

-- Every text that was searched for, once: logs repeat few queries very often.
CREATE TABLE queries (query_no INTEGER PRIMARY KEY, query TEXT NOT NULL UNIQUE, normalized TEXT NOT NULL);

CREATE TABLE events (
    event_no INTEGER PRIMARY KEY,
    action INTEGER NOT NULL,     -- place in aisle.shop.actions.ACTIONS
    at INTEGER NOT NULL,         -- milliseconds since 1970, UTC
    session_id TEXT NOT NULL,
    query_no INTEGER,            -- NULL where the event itself names no query
    query_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    position INTEGER,
    store TEXT NOT NULL,
    prefix TEXT NOT NULL
);

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('revision', 0);
"""


def create_tables(connection: sqlite3.Connection) -> None:
    """Lay out an empty ledger in an empty file."""
    connection.executescript(
        f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )


def check_header(path: Path) -> None:
    """Refuse what is no SQLite file before SQLite sees it. Raises `UserError` or, for an empty file, `DamagedError`."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE_HEADER))
    except FileNotFoundError:
        raise UserError(
            f"{path}: there is no ledger; make a shop with: aisle shop create SHOP --catalogue FILE"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: the ledger cannot be read ({error.strerror})") from None
    if not start:
        raise DamagedError(f"{path}: the ledger is empty (0 bytes); restore it from a backup")
    if start != _SQLITE_HEADER:
        raise UserError(f"{path}: is not a ledger, or its start is damaged; name a shop made by: aisle shop create")


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse SQLite files of other programs and ledgers of a newer aisle. Raises `UserError`."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise UserError(f"{path}: is a SQLite file of another program, not a ledger; name a shop made by aisle")
    if version != SCHEMA_VERSION:
        raise UserError(
            f"{path}: was written by a newer aisle (ledger layout {version}; this one knows {SCHEMA_VERSION}); "
            "upgrade aisle to open it"
        )
