"""`Asker`: questions in, queries and their results out, without torch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from aisle.ask.answer import Answer, Link
from aisle.ask.ledger_schema import LEVELS, Ledger, open_ledger
from aisle.ask.nearest import Embed, Nearest
from aisle.ask.trust import trust_in_links, trust_in_titles, untitled_words
from aisle.errors import UserError
from aisle.sql.execution import RefusedError, Rows, RunLimits
from aisle.sql.links import lay_out
from aisle.sql.render import render
from aisle.sql.sheet import Sheet
from aisle.tasks.ask.confidence import features
from aisle.tasks.ask.coverage import coverage_of
from aisle.tasks.ask.description import JSON_FILE, AskDescription, load_engine
from aisle.tasks.ask.writing import write_query

MODEL = Path("runs") / "ask"
"""Where a shop's own model is, below its directory: so that /lab shows how it was trained."""


class Asker:
    """A shop's ledger and a trained model. Safe to use from many threads."""

    def __init__(
        self,
        shop: Path,
        model: Path | None = None,
        *,
        place: str | Path,
        limits: RunLimits | None = None,
        embed: Embed | None = None,
    ) -> None:
        """`model` is a directory that `aisle train ask` wrote; without it the shop's own. `place` is where the ledger
        lies (see `storefront/place.py`). With `embed`, a sentence encoder, words that name nothing of the shop are
        taken for what means most nearly the same.

        Raises
            UserError: there is no model, or it is damaged.
        """
        self.shop = shop
        self.directory = shop / MODEL if model is None else model
        if model is None and not self.has_model(shop):
            raise UserError(
                f"{shop} has no model for questions yet; train one (about a quarter of an hour on one core) with: "
                f"aisle train ask {shop}"
            )
        self.description = AskDescription.load(self.directory)
        self._engine = load_engine(self.directory, self.description.settings)
        self._words = frozenset(self.description.words)
        self._place = place
        self._limits = limits or RunLimits()
        self._embed = embed
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None
        self._guess: Nearest | None = None

    @staticmethod
    def has_model(shop: Path) -> bool:
        """Whether a model was trained for the shop."""
        return (shop / MODEL / JSON_FILE).is_file()

    def ask(self, question: str, *, threshold: float | None = None, today: date | None = None) -> Answer:
        """The answer, or that there is none. `threshold` is the confidence needed, the model's own if not given.

        Raises
            UserError: the question is empty or too long, or the ledger cannot be read.
        """
        started = time.perf_counter()
        ledger, guess = self._opened()
        day = today or ledger.today
        needed = self.description.threshold if threshold is None else threshold
        sheet = lay_out(question, ledger.schema, today=day, guess=guess)
        written = write_query(self._engine, sheet)
        said = Answer(
            question=question,
            answered=False,
            reason="unknown",
            explanation="I do not know: the shop's ledger does not seem to hold what this asks for.",
            sql="",
            columns=(),
            rows=(),
            more=False,
            confidence=0.0,
            threshold=needed,
            links=(),
            unaccounted=(),
            today=day.isoformat(),
            milliseconds=0.0,
        )
        if written is not None and written.query is not None:
            sql = render(written.query, ledger.schema, ledger.source.dialect)
            coverage = coverage_of(sheet, written.symbols, self._words)
            found = features(written.probability, written.weakest, coverage)
            untitled = untitled_words(written.query, ledger)
            trust = trust_in_links(sheet, written.symbols, guess) * trust_in_titles(untitled)
            said = replace(
                said,
                sql=sql,
                links=_links(sheet, written.symbols),
                unaccounted=coverage.words,
                confidence=self.description.confidence.of(found) * trust,
            )
            if said.confidence < needed:
                said = replace(said, reason="unsure", explanation=_unsure(said, untitled))
            else:
                try:
                    said = _with(said, ledger.run(sql, self._limits))
                except RefusedError as error:
                    said = replace(said, reason="refused", explanation=str(error))
        return replace(said, milliseconds=(time.perf_counter() - started) * 1e3)

    def ledger(self) -> Ledger:
        """The ledger as questions see it now."""
        return self._opened()[0]

    def _opened(self) -> tuple[Ledger, Nearest | None]:
        """The ledger as it is now, and the guesses that go with its values."""
        with self._lock:
            before = self._ledger
            self._ledger = open_ledger(self._place, before)
            if self._ledger is not before and self._embed is not None:
                self._guess = nearest_of(self._ledger, self._embed)
            return self._ledger, self._guess


def nearest_of(ledger: Ledger, embed: Embed) -> Nearest:
    """Guesses among the departments and categories of a shop; its kinds show how far they are to be trusted."""
    limits = RunLimits(rows=5_000, seconds=30)
    paths = ledger.run(f"SELECT DISTINCT {', '.join(LEVELS)} FROM product", limits).rows
    rows = [tuple(str(name or "") for name in row) for row in paths]
    names = {level: sorted({row[place] for row in rows} - {""}) for place, level in enumerate(LEVELS[:2])}
    inside: dict[str, set[str]] = {}
    for *wider, kind in rows:
        if kind and kind not in wider:
            inside.setdefault(kind, set()).update(wider)
    return Nearest(ledger.schema, names, embed, inside=inside)


def _unsure(said: Answer, untitled: Sequence[str]) -> str:
    text = f"I am not sure enough: {said.confidence:.0%} confident, and {said.threshold:.0%} are needed."
    if guessed := [link for link in said.links if link.similarity < 1]:
        text += f" {_listed(link.words for link in guessed)} names nothing of the shop."
    if untitled:
        text += f" No title has {_listed(untitled)} as a word."
    if said.unaccounted:
        text += f" The query does not account for {_listed(said.unaccounted)}."
    return f"{text} The query is a guess."


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _with(said: Answer, rows: Rows) -> Answer:
    return replace(said, answered=True, reason="", explanation="", columns=rows.columns, rows=rows.rows, more=rows.more)


def _links(sheet: Sheet, symbols: tuple[int, ...]) -> tuple[Link, ...]:
    """The values that the query uses and that words of the question stand for."""
    found = []
    for symbol in dict.fromkeys(symbols):
        if symbol < sheet.first_value:
            continue
        value = sheet.values[symbol - sheet.first_value]
        if value.role == "text" and value.columns:
            column = sheet.schema.columns[min(value.columns)].name
            found.append(
                Link(words=value.words, value=str(value.value), column=column, similarity=round(value.similarity, 3))
            )
    return tuple(found)
