"""`aisle ask`: a question in plain words, answered from a shop's ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from tyro.conf import Positional

from aisle.ask.answer import Answer
from aisle.ask.asker import Asker
from aisle.ask.ledger_schema import TABLES
from aisle.ask.views import VIEWS
from aisle.cli.output import notices, print_json, print_table, results
from aisle.errors import UserError
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.sql.execution import RunLimits
from aisle.storefront.place import ledger_place
from aisle.storefront.shop import Shop

NOT_KNOWN = 3
"""The exit status of a question that is not answered."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Ask a shop about its products, sales and searches in plain words: the SQL, then what it finds.

    Where the model is not sure, it says that it does not know, and the exit status is 3. Nothing but one SELECT over
    the views that --tables shows can be run, and nothing can be changed. Train the model with `aisle train ask`.
    """

    shop: Positional[Path]
    """Directory of the shop."""
    question: Positional[str] = ""
    """The question, such as "which quarter in the past 5 years had the most sales for snacks"."""
    model: Path | None = None
    """Directory of a trained model; the shop's own if not given."""
    threshold: float | None = None
    """The confidence needed for an answer, from 0 (always answer) to 1; the model's own if not given."""
    today: str = ""
    """The day that "last month" is reckoned from, such as 2025-12-31; the day of the newest event if not given."""
    rows: int = 200
    """The most rows that are given."""
    seconds: float = 5.0
    """The longest that a query may run."""
    tables: bool = False
    """Show what can be asked about: the views and their columns."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise UserError(f"threshold is {self.threshold}; it must be from 0 to 1")
        if not self.question and not self.tables:
            raise UserError("there is no question; ask one, or see with --tables what can be asked about")

    def run(self) -> int:
        """Write the query, show it, run it, show what it finds."""
        if self.tables:
            self._show_tables()
            return 0
        today = _day(self.today)
        limits = RunLimits(rows=self.rows, seconds=self.seconds)
        with Shop.open(self.shop) as shop:
            encoder = None if shop.version is None else shop.encoder
            embed = None if encoder is None else encoder.encode
            asker = Asker(self.shop, self.model, place=ledger_place(self.shop), limits=limits, embed=embed)
            answer = asker.ask(self.question, threshold=self.threshold, today=today)
            simulated = shop.simulated
        if self.json:
            note = {"note": SIMULATED_NOTE} if simulated else {}
            print_json(asdict(answer) | note)
        else:
            _show(answer)
            if simulated and answer.answered:
                notices.print(SIMULATED_NOTE)
        return 0 if answer.answered else NOT_KNOWN

    def _show_tables(self) -> None:
        if self.json:
            print_json(
                {
                    "tables": {table.name: [column.name for column in table.columns] for table in TABLES},
                    "views": VIEWS,
                }
            )
            return
        rows = [(table.name, ", ".join(column.name for column in table.columns)) for table in TABLES]
        print_table("what can be asked about", ("table", "columns"), rows)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"today is {text!r}; it must be a day such as 2025-12-31") from None


def _show(answer: Answer) -> None:
    if answer.sql:
        results.print(answer.sql, style="bold", markup=False)
    for link in answer.links:
        if link.similarity < 1:
            notices.print(
                f"{link.words!r} names nothing of the shop; taken for {link.column} {link.value!r} "
                f"(similarity {link.similarity:.2f})",
                markup=False,
            )
    if not answer.answered:
        results.print(answer.explanation, markup=False)
        return
    if answer.unaccounted:
        notices.print(f"the query does not account for: {', '.join(answer.unaccounted)}", markup=False)
    results.print()
    rows = [tuple("" if cell is None else _shown(cell) for cell in row) for row in answer.rows]
    print_table("", answer.columns, rows)
    if not rows:
        results.print("(no rows)", markup=False)
    more = f", of which the first {len(rows)} are shown" if answer.more else ""
    notices.print(
        f"confidence {answer.confidence:.0%}, {answer.milliseconds:.0f} ms, as of {answer.today}{more}", markup=False
    )


def _shown(cell: str | int | float) -> str:
    return f"{cell:,.2f}" if isinstance(cell, float) else str(cell)
