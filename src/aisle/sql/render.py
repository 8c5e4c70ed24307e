"""A tree as SQL text. Names and texts are quoted here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aisle.sql.schema import Schema
from aisle.sql.tree import Condition, Expression, Literal, Period, Query

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words of SQL that a table or column may be called.
_RESERVED = {
    "add", "all", "alter", "and", "as", "asc", "between", "by", "case", "check", "collate", "column", "commit",
    "create", "cross", "current_date", "current_time", "current_timestamp", "default", "delete", "desc", "distinct",
    "drop", "else", "end", "escape", "except", "exists", "for", "foreign", "from", "full", "group", "having", "if",
    "in", "index", "inner", "insert", "intersect", "into", "is", "isnull", "join", "key", "left", "like", "limit",
    "match", "natural", "not", "notnull", "null", "of", "offset", "on", "or", "order", "outer", "pragma", "primary",
    "references", "replace", "right", "rollback", "row", "select", "set", "table", "then", "to", "transaction",
    "trigger", "union", "unique", "update", "using", "values", "view", "when", "where", "with",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """What databases write differently."""

    like: str
    """Whether a text contains another, whatever the case of its letters."""
    ascending: str
    descending: str
    """What follows an order, if the database would not put what has no value last by itself."""


SQLITE = Dialect(like="LIKE", ascending=" NULLS LAST", descending="")
POSTGRES = Dialect(like="ILIKE", ascending="", descending=" NULLS LAST")


def render(query: Query, schema: Schema, dialect: Dialect = SQLITE) -> str:
    """One SELECT statement without a semicolon. Columns carry their table's name where there are several tables."""
    several = len(query.tables) > 1

    def column(number: int) -> str:
        name = quoted_name(schema.columns[number].name)
        return f"{quoted_name(schema.tables[schema.table_of(number)].name)}.{name}" if several else name

    def expression(one: Expression) -> str:
        inner = "*" if one.column is None else column(one.column)
        if not one.aggregate:
            return inner
        return f"{one.aggregate}({'DISTINCT ' if one.distinct else ''}{inner})"

    def condition(one: Condition) -> str:
        left = column(one.column)
        if one.query is not None:
            return f"{left} {one.operator} ({render(one.query, schema, dialect)})"
        if one.other is not None:
            return f"{left} {one.operator} {column(one.other)}"
        first = one.literals[0]
        if one.operator == "WITHIN":
            assert isinstance(first, Period)
            return f"{left} BETWEEN '{first.first.isoformat()}' AND '{first.last.isoformat()}'"
        if one.operator == "LIKE":
            return f"{left} {dialect.like} {like(str(first))}"
        if len(one.literals) > 1:
            return f"{left} {'NOT IN' if one.operator == '<>' else 'IN'} ({', '.join(map(literal, one.literals))})"
        return f"{left} {one.operator} {literal(first)}"

    parts = [f"SELECT {'DISTINCT ' if query.distinct else ''}{', '.join(map(expression, query.items))}"]
    parts.append(f"FROM {', '.join(quoted_name(schema.tables[table].name) for table in query.tables)}")
    if query.where:
        parts.append(f"WHERE {' AND '.join(map(condition, query.where))}")
    if query.group:
        parts.append(f"GROUP BY {', '.join(map(column, query.group))}")
    if query.having is not None:
        having = query.having
        parts.append(f"HAVING {expression(having.expression)} {having.operator} {literal(having.literal)}")
    if query.order is not None:
        order = f"ORDER BY {expression(query.order)}{' DESC' if query.descending else ''}"
        # A count always has a value.
        counted = query.order.column is None or query.order.aggregate == "COUNT"
        parts.append(order + ("" if counted else dialect.descending if query.descending else dialect.ascending))
    if query.limit is not None:
        parts.append(f"LIMIT {query.limit}")
    return " ".join(parts)


def quoted_name(name: str) -> str:
    """A table's or column's name, in double quotes where SQL needs them."""
    if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(value: Literal) -> str:
    """A number or a text; a quote inside a text is doubled, so that no text can end itself."""
    assert not isinstance(value, Period), "a period is no single value"
    if isinstance(value, str):
        return quoted_text(value)
    return repr(value)


def quoted_text(text: str) -> str:
    """A text in single quotes. NUL, which SQLite reads as the end of the statement, is left out."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def like(words: str) -> str:
    """The pattern of texts that contain these words; wildcards among them stand for themselves."""
    if not any(sign in words for sign in "%_\\"):
        return quoted_text(f"%{words}%")
    escaped = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"{quoted_text(f'%{escaped}%')} ESCAPE '\\'"
