"""Public sets of questions with SQL: files of `question, sql` lines. Free of torch.

GeoQuery and its kin come with one schema for all questions and mostly a database; WikiSQL has a table for each few
questions, of which only the names of the columns are known here, and of those only the ones that queries use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from aisle.errors import UserError
from aisle.files.tables import BadRow, open_table
from aisle.sql.reading import UnreadableError, read_sql
from aisle.sql.schema import Column, Constant, Schema, Table
from aisle.sql.tree import AGGREGATES, Condition, Expression, Literal, Query
from aisle.tasks.ask.examples import Question

ANY_DAY = date(2000, 1, 1)
"""No question of these sets is about today."""
_WIKI = re.compile(r"SELECT (?:(COUNT|MIN|MAX|SUM|AVG) )?(.+?) FROM table(?: WHERE (.+?))? ?;$")
_WIKI_CONDITION = re.compile(r'(\S+) (=|<|>) (".*?"|.+?)(?= AND \S+ (?:=|<|>) |$)')


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a set."""

    question: str
    sql: str
    split: str
    table: str


def read_lines_of(path: Path) -> Iterator[Line]:
    """The lines of a file with `question` and `sql`, `.gz` too.

    Raises
        UserError: the file cannot be read, or a line lacks one of them.
    """
    for row in open_table(path).rows:
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; mend or remove this line")
        if not {"question", "sql"} <= row.values.keys():
            raise UserError(f"{path}, line {row.line}: `question` and `sql` are needed")
        yield Line(
            question=str(row.values["question"]),
            sql=str(row.values["sql"]),
            split=str(row.values.get("question_split", "")),
            table=str(row.values.get("table_id", "")),
        )


def questions_of(lines: Sequence[Line], schema: Schema) -> tuple[list[Question], int]:
    """Those whose SQL the grammar can say, and how many others there are."""
    questions, others = [], 0
    for line in lines:
        try:
            query = read_sql(line.sql, schema)
        except UnreadableError:
            others += 1
            continue
        questions.append(Question(text=line.question, query=query, schema=schema, today=ANY_DAY))
    return questions, others


def with_constants(schema: Schema, lines: Sequence[Line]) -> Schema:
    """The schema with the numbers that its queries compare with although the questions do not say them.

    What a city has to have to be called big is such a number: it is learned from the training questions.
    """
    found: dict[tuple[int, Literal], None] = {}
    for line in lines:
        try:
            query: Query | None = read_sql(line.sql, schema)
        except UnreadableError:
            continue
        for one in conditions_of(query):
            for value in one.literals:
                if isinstance(value, int | float) and str(value) not in line.question:
                    found[one.column, value] = None
    constants = [
        Constant(
            words=f"{schema.columns[column].words} {value}",
            value=value,
            columns=((schema.tables[schema.table_of(column)].name, schema.columns[column].name),),
        )
        for column, value in found
        if isinstance(value, int | float)
    ]
    return replace(schema, constants=(*schema.constants, *constants))


def conditions_of(query: Query | None) -> Iterator[Condition]:
    """Every condition of a query, those of its inner queries too."""
    for one in query.where if query is not None else ():
        yield one
        yield from conditions_of(one.query)


@dataclass(frozen=True, kw_only=True, slots=True)
class WikiQuery:
    """A query of WikiSQL: one aggregate of one column under conditions that all hold."""

    aggregate: str
    column: str
    conditions: tuple[tuple[str, str, str], ...]


def read_wiki(sql: str) -> WikiQuery:
    """Raises UnreadableError for a line that is not of WikiSQL's form."""
    match = _WIKI.match(sql)
    if match is None:
        raise UnreadableError(f"{sql!r} is not of WikiSQL's form")
    conditions = _WIKI_CONDITION.findall(match[3] or "")
    return WikiQuery(
        aggregate=match[1] or "",
        column=match[2],
        conditions=tuple((column, sign, value.strip('"').strip()) for column, sign, value in conditions),
    )


def wiki_questions(lines: Sequence[Line]) -> tuple[list[Question], int]:
    """Questions of WikiSQL, each with the schema of its table: all columns that any query of that table names."""
    read: list[tuple[Line, WikiQuery]] = []
    others = 0
    columns: dict[str, dict[str, None]] = {}
    for line in lines:
        try:
            query = read_wiki(line.sql)
        except UnreadableError:
            others += 1
            continue
        read.append((line, query))
        columns.setdefault(line.table, {}).update(dict.fromkeys((query.column, *(c for c, _, _ in query.conditions))))
    schemas = {table: _wiki_schema(sorted(names)) for table, names in columns.items()}
    return [
        Question(
            text=line.question, query=wiki_tree(query, schemas[line.table]), schema=schemas[line.table], today=ANY_DAY
        )
        for line, query in read
    ], others


def wiki_tree(query: WikiQuery, schema: Schema) -> Query:
    """As a tree over the schema of its table."""

    def column(name: str) -> int:
        found = schema.place("table", name)
        assert found is not None, f"the schema of the table lacks {name}"
        return found

    assert not query.aggregate or query.aggregate in AGGREGATES
    return Query(
        tables=(0,),
        items=(Expression(column=column(query.column), aggregate=query.aggregate),),
        where=tuple(
            Condition(column=column(name), operator=sign, literals=(_wiki_literal(value),))
            for name, sign, value in query.conditions
        ),
    )


def _wiki_literal(value: str) -> Literal:
    return value


def _wiki_schema(names: Sequence[str]) -> Schema:
    columns = tuple(Column(name=name, words=name.replace("_", " ").lower(), kind="any") for name in names)
    return Schema(
        tables=(Table(name="table", words="table", columns=columns),),
        constants=(Constant(words="one", value=1),),
        closed=False,
    )
