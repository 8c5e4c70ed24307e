"""A query as a tree. What is no column, table or value of the schema has no place in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX")
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date


Literal: TypeAlias = str | int | float | Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """A column, an aggregate of one, or COUNT(*)."""

    column: int | None
    """None is COUNT(*)."""
    aggregate: str = ""
    distinct: bool = False
    """Whether the aggregate is over distinct values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One comparison of a column. The right side is literals (any of them), a column, or a query."""

    column: int
    operator: str
    """One of COMPARISONS, LIKE, WITHIN (a period), IN or NOT IN (a query)."""
    literals: tuple[Literal, ...] = ()
    other: int | None = None
    query: Query | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Having:
    """A comparison of a group's aggregate with a number."""

    expression: Expression
    operator: str
    literal: Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY … LIMIT …"""

    tables: tuple[int, ...]
    items: tuple[Expression, ...]
    distinct: bool = False
    where: tuple[Condition, ...] = ()
    """All of them hold."""
    group: tuple[int, ...] = ()
    having: Having | None = None
    order: Expression | None = None
    descending: bool = False
    limit: int | None = None
