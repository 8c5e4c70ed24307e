"""A question laid out for the model: every word, table, column and value is one thing that a symbol can point to.

A query is written as symbols. The first `len(KEYWORDS)` numbers are keywords; then come the sheet's own things in this
order: words, tables, columns, values. So the same model points into any schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal as Choice
from typing import TypeAlias

from aisle.sql.schema import Schema
from aisle.sql.tree import Literal, Period

KEYWORDS = (
    "UNKNOWN", "SELECT", "DISTINCT", "COUNT(*)", "COUNT", "COUNT DISTINCT", "SUM", "AVG", "MIN", "MAX", "WHERE",
    "=", "<>", "<", ">", "<=", ">=", "LIKE", "WITHIN", "OR", "=(", ">(", "<(", "IN(", "NOT IN(",
    "GROUP", "HAVING", "ORDER", "ASC", "DESC", "LIMIT", "END",
)  # fmt: skip
CODES = {keyword: code for code, keyword in enumerate(KEYWORDS)}

Role: TypeAlias = Choice["number", "text", "period", "constant"]
ROLES: tuple[Role, ...] = ("number", "text", "period", "constant")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of the question and where it stands in it."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """Something to compare with, or a limit."""

    words: str
    """How the question or the schema says it."""
    value: Literal
    role: Role
    columns: frozenset[int] | None = None
    """Columns that it is a value of; None for any of its kind."""
    first: int = -1
    """First word of the question that names it; -1 where none does."""
    last: int = -1
    similarity: float = 1.0
    """Below 1 where no word names it but one means something like it."""

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return not isinstance(self.value, str | Period)


class Sheet:
    """A question, its schema, and what links them."""

    def __init__(self, question: str, words: Sequence[Word], schema: Schema, values: Sequence[Value]) -> None:
        self.question = question
        self.words = tuple(words)
        self.schema = schema
        self.values = tuple(values)
        self.first_word = len(KEYWORDS)
        self.first_table = self.first_word + len(self.words)
        self.first_column = self.first_table + len(schema.tables)
        self.first_value = self.first_column + len(schema.columns)
        self.size = self.first_value + len(self.values)
        """How many symbols there are."""

    def span(self, first: int, last: int) -> str:
        """The question's own letters from one word to another."""
        return self.question[self.words[first].start : self.words[last].end]
