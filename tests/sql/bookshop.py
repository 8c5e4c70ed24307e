"""A small database that the tests of this room ask about."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from aisle.sql.execution import Readable
from aisle.sql.schema import Column, Constant, Schema, Table, ValueIndex

TODAY = date(2025, 12, 14)
BOOK = (
    Column(name="title", words="title", kind="text"),
    Column(name="genre", words="genre", kind="text", linked=True),
    Column(name="price", words="price", kind="number"),
)
LOAN = (
    Column(name="title", words="title", kind="text"),
    Column(name="branch", words="branch", kind="text", linked=True),
    Column(name="day", words="day", kind="date"),
)
TABLES = (Table(name="book", words="book", columns=BOOK), Table(name="loan", words="loan", columns=LOAN))


def schema(*, closed: bool = True) -> Schema:
    """Two tables; genres and branches are linked."""
    values = ValueIndex()
    for genre in ("Crime", "Poetry & Plays", "order"):
        values.add(genre, 1, parts=True)
    for branch in ("north", "O'Hara's"):
        values.add(branch, 4)
    constants = (
        Constant(words="one", value=1),
        Constant(words="expensive", value=50, columns=(("book", "price"),)),
    )
    return Schema(tables=TABLES, constants=constants, values=values, closed=closed)


def make_library(path: Path) -> Readable:
    """The database, with a table and a column that no question may see."""
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE books (title TEXT, tags TEXT, price REAL, cost REAL);
        INSERT INTO books VALUES ('A', '["Crime"]', 9.5, 1), ('B', '["Crime"]', 60, 2), ('C', '[]', 3, 3);
        CREATE TABLE loans (title TEXT, branch TEXT, at TEXT);
        INSERT INTO loans VALUES ('A', 'north', '2025-12-01'), ('A', 'O''Hara''s', '2025-11-01');
        CREATE TABLE readers (name TEXT, card TEXT);
        INSERT INTO readers VALUES ('Ann', '1234');
        """
    )
    connection.close()
    return Readable(
        path=path,
        tables={"book": frozenset({"title", "genre", "price"}), "loan": frozenset({"title", "branch", "day"})},
        views={
            "book": "SELECT title, json_extract(tags, '$[0]') AS genre, price FROM main.books",
            "loan": "SELECT title, branch, date(at) AS day FROM main.loans",
        },
    )
