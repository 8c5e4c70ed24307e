"""Running one SELECT: nothing else runs, nothing else is seen, and nothing runs on and on."""

from __future__ import annotations

import sqlite3
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.sql.execution import Readable, RefusedError, RunLimits, reading, run_select
from tests.sql.bookshop import make_library


@pytest.fixture
def library(tmp_path: Path) -> Readable:
    return make_library(tmp_path / "library.sqlite")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT title FROM book WHERE price < 5", (("C",),)),
        ("SELECT COUNT(*) FROM book", ((3,),)),
        ("SELECT genre, COUNT(*) FROM book GROUP BY genre ORDER BY COUNT(*) DESC LIMIT 1", (("Crime", 2),)),
        ("SELECT title FROM book WHERE title NOT IN (SELECT title FROM loan)", (("B",), ("C",))),
        ("SELECT MAX(day) FROM loan WHERE branch = 'O''Hara''s'", (("2025-11-01",),)),
        ("SELECT book.title FROM book, loan WHERE book.title = loan.title AND loan.branch = 'north'", (("A",),)),
        ("SELECT title FROM book WHERE title LIKE '%a%'", (("A",),)),
    ],
)
def test_a_select_over_the_views_is_run(library: Readable, sql: str, rows: tuple[tuple[object, ...], ...]) -> None:
    assert run_select(sql, library).rows == rows


HOSTILE = (
    "DROP TABLE books",
    "DELETE FROM books",
    "INSERT INTO books VALUES ('x', '', 1, 1)",
    "UPDATE books SET price = 0",
    "CREATE TABLE x (y)",
    "ATTACH DATABASE 'other.sqlite' AS other",
    "DETACH DATABASE main",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "VACUUM",
    "VACUUM INTO 'copy.sqlite'",
    "BEGIN",
    "EXPLAIN SELECT title FROM book",
    "REINDEX",
    "ANALYZE",
    "",
    " ; ",
    "VALUES (1)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "SELECT title FROM book; DROP TABLE books",
    "SELECT title FROM book; SELECT title FROM book",
    "SELECT title FROM book\0; DROP TABLE books",
    "SELECT title FROM books",
    "SELECT title FROM main.books",
    "SELECT cost FROM books",
    "SELECT name, card FROM readers",
    "SELECT title FROM book UNION SELECT card FROM readers",
    "SELECT (SELECT card FROM readers) FROM book",
    "SELECT title FROM book WHERE EXISTS (SELECT 1 FROM readers WHERE card LIKE '1%')",
    "SELECT COUNT(*) FROM readers",
    "SELECT rowid FROM book",
    "SELECT sql FROM sqlite_master",
    "SELECT sql FROM sqlite_schema",
    "SELECT sql FROM temp.sqlite_temp_master",
    "SELECT name FROM pragma_table_info('books')",
    "SELECT name FROM pragma_database_list",
    "SELECT value FROM json_each('[1]')",
    "SELECT key FROM json_tree('[1]')",
    "SELECT load_extension('evil')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('x', 'y')",
    "SELECT edit('x')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT randomblob(1000000000)",
    "SELECT zeroblob(1000000000)",
    "SELECT printf('%.*c', 100000000, 'x')",
    "SELECT hex(title) FROM book",
    "SELECT sqlite_version()",
    "SELECT last_insert_rowid()",
    "SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)",
    "SELECT title FROM book WHERE " + "(" * 500 + "1" + ")" * 500,
    "SELECT '" + "x" * 50_000 + "' FROM book",
)


@pytest.mark.parametrize("sql", HOSTILE, ids=lambda sql: sql[:60])
def test_anything_else_is_refused_and_changes_nothing(library: Readable, sql: str) -> None:
    before = sha256(library.path.read_bytes()).hexdigest()
    with pytest.raises(RefusedError):
        run_select(sql, library, RunLimits(seconds=2))
    assert sha256(library.path.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in library.path.parent.iterdir()) == ["library.sqlite"]


def test_a_query_that_never_ends_is_stopped(library: Readable) -> None:
    long = "SELECT COUNT(*) FROM " + ", ".join(f"book AS b{n}" for n in range(30))
    with pytest.raises(RefusedError, match=r"stopped after 0\.2 seconds"):
        run_select(long, library, RunLimits(seconds=0.2))


def test_rows_beyond_the_limit_are_told_and_not_fetched(library: Readable) -> None:
    found = run_select("SELECT title FROM book", library, RunLimits(rows=2))
    assert (found.rows, found.more) == ((("A",), ("B",)), True)
    assert not run_select("SELECT title FROM book", library, RunLimits(rows=3)).more


def test_without_the_authorizer_the_file_could_still_not_be_written(library: Readable) -> None:
    with reading(library) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM main.books")


def test_a_writer_beside_it_does_no_harm(library: Readable) -> None:
    writer = sqlite3.connect(library.path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO books VALUES ('D', '[]', 1, 1)")
    assert run_select("SELECT COUNT(*) FROM book", library).rows == ((3,),)
    writer.execute("COMMIT")
    assert run_select("SELECT COUNT(*) FROM book", library).rows == ((4,),)
    writer.close()


def test_many_threads_may_ask_at_once(library: Readable) -> None:
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(run_select("SELECT COUNT(*) FROM book", library).rows))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [((3,),)] * 8


def test_a_file_that_is_none_is_a_users_error(tmp_path: Path) -> None:
    path = tmp_path / "nothing.sqlite"
    with pytest.raises(UserError):
        run_select("SELECT title FROM book", Readable(path=path, tables={}, views={}))
    path.write_text("no database" * 100)
    with pytest.raises(UserError):
        run_select("SELECT x FROM t", Readable(path=path, tables={"t": frozenset({"x"})}, views={}))


@pytest.mark.parametrize(("rows", "seconds"), [(0, 1.0), (10, 0.0), (200_000, 1.0), (10, 1e9)])
def test_limits_out_of_bounds_are_refused(rows: int, seconds: float) -> None:
    with pytest.raises(UserError):
        RunLimits(rows=rows, seconds=seconds)
