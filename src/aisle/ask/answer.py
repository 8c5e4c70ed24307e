"""What is said to a question."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.sql.execution import Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Words of the question, and the value of the shop that they were taken for."""

    words: str
    value: str
    column: str
    similarity: float
    """1 where the words name the value; below where they only mean something like it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The query, and what it found: or why there is none."""

    question: str
    answered: bool
    """Whether the query was run. If not, `sql` is what would have been asked, or empty."""
    reason: str
    """Why it was not run: empty, `unknown`, `unsure` or `refused`."""
    explanation: str
    """The reason in words."""
    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: bool
    """Whether there are more rows than are given."""
    confidence: float
    """The share of such queries that are right, by the model's own dev data."""
    threshold: float
    """The confidence that is needed."""
    links: tuple[Link, ...]
    unaccounted: tuple[str, ...]
    """Words of the question that nothing in the query accounts for; they lower the confidence."""
    today: str
    """The day that "last month" is reckoned from."""
    milliseconds: float
    """Time to write and to run the query."""
