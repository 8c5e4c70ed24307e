"""One question in the making: a draw of conditions with the words for them, and the parts that queries are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from aisle.ask.ledger_schema import Ledger
from aisle.ask.patterns import say
from aisle.ask.subjects import Subject, Subjects, period_words
from aisle.sql.periods import SMALL_NUMBERS, find_periods
from aisle.sql.tree import Condition, Expression, Query

COUNT = Expression(column=None, aggregate="COUNT")
TIMES = ("quarter", "month", "year", "weekday", "date", "hour")
GOODS = ("department", "category", "kind", "brand", "title")
NUMBERS = {number: word for word, number in SMALL_NUMBERS.items() if number <= 20 and word != "dozen"}

Made = tuple[str, Query] | None
"""A text and its query; None where the draw makes no question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """The conditions of a question, and the words for them: empty where there is no such condition."""

    x: str = ""
    s: str = ""
    p: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(slots=True)
class Maker:
    """Draws one question about a shop."""

    ledger: Ledger
    subjects: Subjects
    draw: Random
    said: list[str] = field(default_factory=list)
    """Words for conditions, which the text must have."""

    # Parts of a query --------------------------------------------------------------------------------------------

    def column(self, table: str, name: str) -> int:
        """The number of a column."""
        found = self.ledger.schema.place(table, name)
        assert found is not None, f"there is no {table}.{name}"
        return found

    def of(self, table: str, name: str, aggregate: str = "", *, distinct: bool = False) -> Expression:
        """A column, or an aggregate of it."""
        return Expression(column=self.column(table, name), aggregate=aggregate, distinct=distinct)

    def table(self, name: str) -> tuple[int, ...]:
        """The table alone."""
        return (next(n for n, table in enumerate(self.ledger.schema.tables) if table.name == name),)

    def is_about(self, table: str, subject: Subject) -> Condition:
        """The condition of a subject."""
        operator = "LIKE" if subject.column == "title" else "="
        return Condition(column=self.column(table, subject.column), operator=operator, literals=(subject.value,))

    def equal(self, table: str, name: str, value: str | int) -> Condition:
        """column = value."""
        return Condition(column=self.column(table, name), operator="=", literals=(value,))

    # Draws -------------------------------------------------------------------------------------------------------

    def narrowed(self, table: str, *, subject: float = 0.7, store: float = 0.25, time: float = 0.45) -> Narrowed:
        """Conditions on a table, each of the three with its chance where the table has such a column."""
        draw, conditions = self.draw, list[Condition]()
        x = s = p = ""
        if table != "search" and draw.random() < subject and (about := self.subjects.about(draw)):
            x = about.words
            conditions.append(self.is_about(table, about))
        if table != "product" and self.subjects.values["store"] and draw.random() < store:
            name, s = self.subjects.store(draw)
            conditions.append(self.equal(table, "store", name))
        if table not in ("product", "shelf") and draw.random() < time:
            words = period_words(draw, self.ledger.today.year)
            periods = find_periods(words, self.ledger.today)
            if len(periods) == 1:
                p = words
                within = Condition(column=self.column(table, "date"), operator="WITHIN", literals=(periods[0].period,))
                conditions.append(within)
        self.said += [words for words in (x, s, p) if words]
        return Narrowed(x=x, s=s, p=p, conditions=tuple(conditions))

    def text(self, path: str, narrowed: Narrowed, *, goods: bool = False, **slots: str) -> str:
        """A text from the patterns at `path`, with or without a subject; `goods` takes those for goods in as well."""
        which = "about" if narrowed.x else "plain"
        if goods and self.draw.random() < 0.35:
            which = f"goods_{which}"
        return say(f"{path}/{which}", self.draw, x=narrowed.x, s=narrowed.s, p=narrowed.p, **slots)

    def one(self, group: str) -> str:
        """A word for a column to group by."""
        return say(f"groups/one/{group}", self.draw)

    def many(self, group: str) -> str:
        """Its plural."""
        return say(f"groups/many/{group}", self.draw)

    def count(self, least: int, most: int) -> tuple[int, str]:
        """A number, and how it is written."""
        number = self.draw.randint(least, most)
        return number, NUMBERS[number] if number in NUMBERS and self.draw.random() < 0.35 else str(number)

    def chance(self, share: float) -> bool:
        """True in this share of draws."""
        return self.draw.random() < share
