"""How many questions are answered as the queries that people wrote for them: execution accuracy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from aisle.ask.asker import Asker
from aisle.ask.ledger_schema import Ledger
from aisle.errors import UserError
from aisle.files.tables import BadRow, open_table
from aisle.sql.execution import Cell, RunLimits

LIMITS = RunLimits(rows=20_000, seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question of a file and the query that answers it."""

    question: str
    sql: str
    """Empty where the shop cannot answer it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one question."""

    question: str
    gold: str
    sql: str
    right: bool
    """Whether what the query finds is what the gold query finds, or neither has an answer."""
    answered: bool
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class AskResult:
    """Execution accuracy over a file of questions."""

    outcomes: tuple[Outcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """The numbers as JSON."""
        answerable = [one for one in self.outcomes if one.gold]
        others = [one for one in self.outcomes if not one.gold]
        answered = [one for one in self.outcomes if one.answered]
        return {
            "questions": len(self.outcomes),
            "execution_accuracy": _percent(one.right for one in answerable),
            "answered": _percent(one.answered for one in answerable),
            "right_of_answered": _percent(one.right for one in answered),
            "unanswerable": len(others),
            "unanswerable_refused": _percent(not one.answered for one in others),
        }

    def __rich__(self) -> Table:
        table = Table(title="questions in plain words", title_justify="left", box=None, pad_edge=False)
        for name in ("", "%"):
            table.add_column(name)
        for name, value in self.as_dict().items():
            shown = "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
            table.add_row(name.replace("_", " "), shown)
        return table


def read_asked(path: Path) -> list[Asked]:
    """The rows of a table with `question` and `sql`; an empty `sql` is for what cannot be answered.

    Raises
        UserError: a column is missing or a row cannot be read.
    """
    table = open_table(path)
    for column in ("question", "sql"):
        if column not in table.columns:
            raise UserError(f"{path} has no column {column!r}; its columns are {', '.join(table.columns)}")
    rows = []
    for row in table.rows:
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; mend or remove this row")
        rows.append(Asked(question=str(row.values["question"]), sql=str(row.values["sql"] or "").strip()))
    if not rows:
        raise UserError(f"{path} has no rows; it needs at least one question")
    return rows


def evaluate_asker(asker: Asker, asked: Sequence[Asked], *, threshold: float | None = None) -> AskResult:
    """Ask every question. A query is right, sure or not, where it finds what the gold query finds.

    Raises
        UserError: a gold query cannot be run.
    """
    ledger = asker.ledger()
    outcomes = []
    for one in asked:
        answer = asker.ask(one.question, threshold=threshold)
        gold = None
        if one.sql:
            try:
                gold = ledger.run(one.sql, LIMITS).rows
            except UserError as error:
                raise UserError(f"the query for {one.question!r} cannot be run: {error}") from error
        right = (not answer.answered) if gold is None else same_rows(gold, rows_of(answer.sql, ledger), one.sql)
        outcomes.append(
            Outcome(
                question=one.question,
                gold=one.sql,
                sql=answer.sql,
                right=right,
                answered=answer.answered,
                confidence=answer.confidence,
            )
        )
    return AskResult(outcomes=tuple(outcomes))


def rows_of(sql: str, ledger: Ledger) -> tuple[tuple[Cell, ...], ...] | None:
    """What a query finds; None where it is none or fails."""
    if not sql:
        return None
    try:
        return ledger.run(sql, LIMITS).rows
    except UserError:
        return None


def same_rows(gold: tuple[tuple[Cell, ...], ...], found: tuple[tuple[Cell, ...], ...] | None, gold_sql: str) -> bool:
    """Whether two results are equal: as lists where the gold query has an order, else as bags of rows."""
    if found is None or len(gold) != len(found):
        return False
    ordered = " ORDER BY " in gold_sql.upper()
    one, other = [_rounded(row) for row in gold], [_rounded(row) for row in found]
    return one == other if ordered else Counter(one) == Counter(other)


def _rounded(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Sums depend on their order in the last digits."""
    return tuple(float(f"{cell:.9g}") if isinstance(cell, int | float) else cell for cell in row)


def _percent(flags: Iterable[bool]) -> float | None:
    found = list(flags)
    value = 100 * sum(found) / len(found) if found else math.nan
    return None if math.isnan(value) else value
