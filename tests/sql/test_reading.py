"""SQL into trees, and trees into SQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.sql.grammar import Grammar
from aisle.sql.links import lay_out
from aisle.sql.reading import UnreadableError, read_sql
from aisle.sql.render import like, quoted_name, quoted_text, render
from aisle.sql.schema import Schema, schema_of_database
from tests.sql.bookshop import TODAY, schema
from tests.sql.test_grammar import QUESTIONS, walked


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from(QUESTIONS[:2]))
def test_what_is_written_is_read_back(data: st.DataObject, question: str) -> None:
    sheet = lay_out(question, schema(), today=TODAY)
    query = Grammar(sheet).tree(walked(sheet, data))
    if query is not None:
        sql = render(query, sheet.schema)
        if "BETWEEN" not in sql:  # a period is written as two days
            assert render(read_sql(sql, sheet.schema), sheet.schema) == sql


@pytest.mark.parametrize(
    ("sql", "plain"),
    [
        (
            "SELECT BOOKalias0.TITLE FROM BOOK AS BOOKalias0 WHERE BOOKalias0.PRICE = "
            "( SELECT MAX( BOOKalias1.PRICE ) FROM BOOK AS BOOKalias1 ) ;",
            "SELECT title FROM book WHERE price = (SELECT MAX(price) FROM book)",
        ),
        (
            'SELECT COUNT( DISTINCT L.TITLE ) FROM LOAN AS L WHERE L.BRANCH = "north" OR L.BRANCH = "south"',
            "SELECT COUNT(DISTINCT title) FROM loan WHERE branch IN ('north', 'south')",
        ),
        (
            "SELECT D0.BRANCH FROM ( SELECT L0.BRANCH , COUNT( DISTINCT L0.TITLE ) AS F0 FROM LOAN AS L0 "
            "GROUP BY L0.BRANCH ) AS D0 WHERE D0.F0 = ( SELECT MAX( D1.F1 ) FROM ( SELECT L1.BRANCH , "
            "COUNT( DISTINCT L1.TITLE ) AS F1 FROM LOAN AS L1 GROUP BY L1.BRANCH ) AS D1 ) ;",
            "SELECT branch FROM loan GROUP BY branch ORDER BY COUNT(DISTINCT title) DESC LIMIT 1",
        ),
        (
            "SELECT b.title FROM book b , loan l WHERE ( b.title = l.title ) AND b.price >= 2.5",
            "SELECT book.title FROM book, loan WHERE book.title = loan.title AND book.price >= 2.5",
        ),
    ],
)
def test_peoples_sql_is_read(sql: str, plain: str) -> None:
    assert render(read_sql(sql, schema()), schema()) == plain


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT price / 2 FROM book",
        "SELECT card FROM book",
        "SELECT title FROM readers",
        "SELECT title FROM book WHERE price > 1 OR genre = 'x'",
        "SELECT title FROM book LIMIT 3",
        "SELECT title FROM book ; SELECT",
        "SELECT SUM(*) FROM book",
        "DROP TABLE book",
        "",
    ],
)
def test_what_the_grammar_cannot_say_is_refused(sql: str) -> None:
    with pytest.raises(UnreadableError):
        read_sql(sql, schema())


@given(st.text(max_size=30))
def test_no_text_gets_out_of_its_quotes(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    plain = text.replace("\0", "")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return
    assert connection.execute(f"SELECT {quoted_text(text)}").fetchone() == (plain,)
    assert connection.execute(f"SELECT 'x' || {quoted_text(text)} || 'y' LIKE {like(text)}").fetchone() == (1,)
    connection.close()


def test_wildcards_stand_for_themselves() -> None:
    connection = sqlite3.connect(":memory:")
    assert connection.execute(f"SELECT '100 percent' LIKE {like('100%')}").fetchone() == (0,)
    assert connection.execute(f"SELECT 'a_b' LIKE {like('a_b')}, 'axb' LIKE {like('a_b')}").fetchone() == (1, 0)
    connection.close()


def test_names_are_quoted_where_they_must_be() -> None:
    assert [quoted_name(name) for name in ("price", "order", "two words", 'a"b')] == [
        "price",
        '"order"',
        '"two words"',
        '"a""b"',
    ]


def test_the_schema_of_a_database_is_looked_up_in_its_contents(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    connection.executescript(
        "CREATE TABLE town (name TEXT, high TEXT, land TEXT); CREATE TABLE land (name TEXT);"
        "INSERT INTO land VALUES ('Ohio'), ('Iowa'); INSERT INTO town VALUES ('Akron', '12', 'Ohio');"
    )
    found: Schema = schema_of_database(connection)
    connection.close()
    assert [(column.name, column.kind) for column in found.columns] == [
        ("name", "text"),
        ("name", "text"),
        ("high", "number"),
        ("land", "text"),
    ]
    # No town lies in Iowa, and yet one may ask for one: the column's values are all values of another.
    assert found.values.get(("iowa",)) == {"Iowa": frozenset({0, 3})}
