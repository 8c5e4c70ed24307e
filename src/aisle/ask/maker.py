"""One question in the making: a draw of conditions with the words for them, and the parts that queries are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from aisle.ask.ledger_schema import Ledger
from aisle.ask.patterns import Speech
from aisle.ask.subjects import WEEKDAYS, Subject, Subjects, period_words
from aisle.sql.periods import SMALL_NUMBERS, find_periods
from aisle.sql.tree import Condition, Expression, Query

COUNT = Expression(column=None, aggregate="COUNT")
TIMES = ("quarter", "month", "year", "weekday", "date", "hour")
GOODS = ("department", "category", "kind", "brand", "title")
NUMBERS = {number: word for word, number in SMALL_NUMBERS.items() if number <= 20 and word != "dozen"}

_DETAILED = 0.14
"""Share of subjects that have a brand or a word of titles beside them."""
_ON_A_WEEKDAY = 0.08
_MOST_CONDITIONS = 3
"""One less than the grammar allows, so that a kind of question may have one of its own."""

Made = tuple[str, Query] | None
"""A text and its query; None where the draw makes no question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """The conditions of a question, and the words for them: empty where there is no such condition."""

    x: str = ""
    s: str = ""
    p: str = ""
    b: str = ""
    """A store or brand that does the selling."""
    columns: frozenset[str] = frozenset()
    """Columns that the conditions are about."""
    conditions: tuple[Condition, ...] = ()


@dataclass(slots=True)
class Maker:
    """Draws one question about a shop."""

    ledger: Ledger
    subjects: Subjects
    speech: Speech
    said: list[str] = field(default_factory=list)
    """Words for conditions, which the text must have."""

    @property
    def draw(self) -> Random:
        """The random numbers."""
        return self.speech.draw

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

    def narrowed(
        self, table: str, *, subject: float = 0.7, store: float = 0.25, time: float = 0.45, seller: bool = False
    ) -> Narrowed:
        """Conditions on a table, each of the three with its chance where the table has such a column. With `seller`, a
        store or brand is the one that sells."""
        draw, found = self.draw, list[tuple[str, Condition]]()
        x = s = p = b = ""
        if table != "search" and draw.random() < subject and (about := self.subjects.about(draw)):
            x = about.words
            parts = [about]
            if draw.random() < _DETAILED and (detail := self.subjects.detail(draw, about)):
                x, part = detail
                parts.append(part)
            found += [(part.column, self.is_about(table, part)) for part in parts]
        if seller:
            column = draw.choice(("store", "brand"))
            if self.subjects.values[column] and column not in dict(found):
                b = draw.choice(self.subjects.values[column])
                found.append((column, self.equal(table, column, b)))
                b = draw.choice((b, b.title(), b.lower()))
        elif table != "product" and self.subjects.values["store"] and draw.random() < store:
            name, s = self.subjects.store(draw, self.speech)
            found.append(("store", self.equal(table, "store", name)))
        if table not in ("product", "shelf"):
            if draw.random() < _ON_A_WEEKDAY and len(found) < _MOST_CONDITIONS:
                day = draw.choice(WEEKDAYS)
                p = self.say("weekday/plain", d=day if draw.random() < 0.7 else day.lower())
                found.append(("weekday", self.equal(table, "weekday", day)))
            if draw.random() < time and len(found) < _MOST_CONDITIONS:
                words = period_words(draw, self.ledger.today.year)
                periods = find_periods(words, self.ledger.today)
                if len(periods) == 1:
                    p = f"{p} {words}".strip()
                    within = Condition(
                        column=self.column(table, "date"), operator="WITHIN", literals=(periods[0].period,)
                    )
                    found.append(("date", within))
        self.said += [words for words in (x, s, p, b) if words]
        return Narrowed(
            x=x, s=s, p=p, b=b, columns=frozenset(dict(found)), conditions=tuple(condition for _, condition in found)
        )

    def say(self, path: str, **slots: str) -> str:
        """A text of one of the patterns at a place; empty where there is none."""
        return self.speech.say(path, **slots)

    def text(self, path: str, narrowed: Narrowed, *, goods: bool = False, **slots: str) -> str:
        """A text from the patterns at `path`, with or without a subject; `goods` takes those for goods in as well."""
        which = "about" if narrowed.x else "plain"
        if goods and self.draw.random() < 0.35:
            which = f"goods_{which}"
        own = {"x": narrowed.x, "s": narrowed.s, "p": narrowed.p, "b": narrowed.b}
        return self.say(f"{path}/{which}", **own | slots)

    def one(self, group: str) -> str:
        """A word for a column to group by."""
        return self.say(f"groups/one/{group}")

    def many(self, group: str) -> str:
        """Its plural."""
        return self.say(f"groups/many/{group}")

    def count(self, least: int, most: int) -> tuple[int, str]:
        """A number, and how it is written."""
        number = self.draw.randint(least, most)
        return number, NUMBERS[number] if number in NUMBERS and self.draw.random() < 0.35 else str(number)

    def chance(self, share: float) -> bool:
        """True in this share of draws."""
        return self.draw.random() < share
