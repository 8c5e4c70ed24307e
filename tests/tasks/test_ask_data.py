"""Public sets of questions, and what of them can be learned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.sql.render import render
from aisle.tasks.ask.examples import Question, prepare
from aisle.tasks.ask.public_sets import (
    Line,
    questions_of,
    read_lines_of,
    read_wiki,
    wiki_questions,
    with_constants,
)
from aisle.text.tokenizer import Tokenizer
from tests.sql.bookshop import TODAY, schema


def line(question: str, sql: str, table: str = "") -> Line:
    return Line(question=question, sql=sql, split="train", table=table)


def test_lines_are_read_and_a_line_that_lacks_something_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({"question": "a", "sql": "b", "question_split": "dev"}) + "\n")
    assert list(read_lines_of(path)) == [Line(question="a", sql="b", split="dev", table="")]
    path.write_text('{"question": "a", "sql": "b"}\n{"question": "a"}\n')
    with pytest.raises(UserError, match="line 2"):
        list(read_lines_of(path))


def test_numbers_that_no_question_says_become_constants_of_the_schema() -> None:
    lines = [
        line("dear books", "SELECT title FROM book WHERE price > 80"),
        line("books over 7", "SELECT title FROM book WHERE price > 7"),
    ]
    found = with_constants(schema(), lines).constants
    assert [(one.value, one.columns) for one in found[2:]] == [(80, (("book", "price"),))]


def test_what_cannot_be_said_is_counted() -> None:
    questions, others = questions_of(
        [line("x", "SELECT price / 2 FROM book"), line("y", "SELECT title FROM book")], schema()
    )
    assert (len(questions), others) == (1, 1)


def test_a_question_that_is_too_long_is_left_out_and_counted(tiny_encoder: Path) -> None:
    one = Question(text="book " * 70, query=None, schema=schema(), today=TODAY)
    prepared = prepare([one, replace(one, text="what is the weather")], Tokenizer.load(tiny_encoder), most_pieces=64)
    assert len(prepared.examples) == 1
    assert prepared.left_out == {"the question has no words, or too many": 1}


def test_wikisql_is_read_with_values_with_and_without_quotes() -> None:
    found = read_wiki('SELECT COUNT THE_(NO.) FROM table WHERE A_B = 1:47.55 AND C = "x AND y" AND D > 5 ;')
    assert (found.aggregate, found.column) == ("COUNT", "THE_(NO.)")
    assert found.conditions == (("A_B", "=", "1:47.55"), ("C", "=", "x AND y"), ("D", ">", "5"))


def test_a_wikisql_table_has_the_columns_that_its_queries_name() -> None:
    questions, others = wiki_questions(
        [
            line("who is from ohio", 'SELECT PLAYER FROM table WHERE STATE = "ohio" ;', "1"),
            line("how many", "SELECT COUNT YEAR FROM table ;", "1"),
            line("what", "nonsense", "1"),
        ]
    )
    assert others == 1
    assert [column.name for column in questions[0].schema.columns] == ["PLAYER", "STATE", "YEAR"]
    assert questions[0].query is not None
    assert render(questions[0].query, questions[0].schema) == "SELECT PLAYER FROM \"table\" WHERE STATE = 'ohio'"
