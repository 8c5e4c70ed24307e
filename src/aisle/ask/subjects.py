"""What made-up questions are about: values of the shop, words of titles, periods, with the ways to say them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from aisle.ask.ledger_schema import LEVELS, Ledger
from aisle.ask.patterns import Speech, filled
from aisle.sql.execution import RunLimits
from aisle.sql.schema import WORD, singular, words_key
from aisle.sql.tree import Literal

_PARTS = re.compile(r"\s*(?:[&,/]|\band\b)\s*")
_SHARES = (("department", 0.34), ("category", 0.26), ("kind", 0.12), ("brand", 0.14), ("title", 0.14))
# Words that the nearest value is guessed for when questions are asked; here a stand-in for such words.
_STRANGE = (
    "fashion", "clothing", "veggies", "booze", "toiletries", "electronics", "gadgets", "fizzy", "munchies", "liquor",
    "nibbles", "groceries", "furniture", "footwear", "jewellery", "stationery", "cosmetics", "greens", "treats",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that a question is about."""

    column: str
    """`title` where titles that contain the words are meant."""
    value: Literal
    words: str
    guessed: bool = False


class Subjects:
    """Draws subjects from a shop."""

    def __init__(self, ledger: Ledger) -> None:
        limits = RunLimits(rows=100_000, seconds=60)
        self._schema = ledger.schema
        self.values: dict[str, list[str]] = {}
        for column in ("brand", *LEVELS, "store"):
            table = "shelf" if column == "store" else "product"
            rows = ledger.run(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''", limits).rows
            self.values[column] = sorted(str(row[0]) for row in rows)
        titles = ledger.run("SELECT title FROM product ORDER BY product_id", limits).rows
        self.title_words = self._unlinked([str(row[0]) for row in titles])
        self.guesses: dict[str, tuple[str, str]] = {}
        """Strange words and the value each was made to stand for."""

    def about(self, draw: Random) -> Subject | None:
        """A value of some column, or words of a title; None where the shop has none."""
        shares = [(column, share) for column, share in _SHARES if self.values.get(column) or column == "title"]
        column = draw.choices([column for column, _ in shares], [share for _, share in shares])[0]
        if column == "title":
            if not self.title_words:
                return None
            words = draw.choice(self.title_words)
            return Subject(
                "title",
                singular(words),
                filled("{words}[||{s}| products| items]", draw.choice, words=words, s="s" * (words[-1] not in "sy")),
            )
        if column in LEVELS and draw.random() < 0.12:
            return self._guessed(column, draw)
        value = draw.choice(self.values[column])
        if column == "brand":
            ways = "[{v}|{v} products|{v} items|the brand {v}|the {v} brand|{l}|{l} products|products by {v}]"
            return self._sure(Subject(column, value, filled(ways, draw.choice, v=value, l=value.lower())), value)
        named = self._named(value, draw)
        level = {"department": "department", "category": "category", "kind": "kind"}[column]
        ways = (
            "[{v}|{v}|{v}|{v} products|{v} items|{v} goods|{v} articles"
            f"|the {{v}} {level}|products in {{v}}|stuff from {{v}}|our {{v}} range]"
        )
        return self._sure(Subject(column, value, filled(ways, draw.choice, v=named)), named)

    def detail(self, draw: Random, about: Subject) -> tuple[str, Subject] | None:
        """The words for a subject and one more condition: a brand, or a word of titles before it; None where the
        subject cannot have one."""
        if about.column not in LEVELS or about.guessed:
            return None
        if draw.random() < 0.6 and self.values["brand"]:
            brand = draw.choice(self.values["brand"])
            subject = self._sure(Subject("brand", brand, brand), brand)
            ways = "[{v} {x}|{l} {x}|{x} by {v}|{x} from {v}|{x} of the brand {v}|{x} of {v}]"
        elif singles := [words for words in self.title_words if " " not in words]:
            brand = draw.choice(singles)
            subject = Subject("title", singular(brand), brand)
            ways = "{v} {x}"
        else:
            return None
        if subject is None or subject.column == about.column:
            return None
        return filled(ways, draw.choice, v=brand, l=brand.lower(), x=about.words), subject

    def store(self, draw: Random, speech: Speech) -> tuple[str, str]:
        """A store and a way to say where."""
        store = draw.choice(self.values["store"])
        name = draw.choice((store, store.title()))
        return store, speech.say("store/plain", s=name)

    def _guessed(self, column: str, draw: Random) -> Subject:
        word = draw.choice(_STRANGE)
        column, value = self.guesses.setdefault(word, (column, draw.choice(self.values[column])))
        return Subject(column, value, filled("{w}[| products| items| goods]", draw.choice, w=word), guessed=True)

    def _named(self, value: str, draw: Random) -> str:
        parts = [part for part in _PARTS.split(value) if part]
        chosen = draw.choice(parts) if len(parts) > 1 and draw.random() < 0.6 else value
        return chosen if draw.random() < 0.2 else chosen.lower()

    def _sure(self, subject: Subject, words: str) -> Subject | None:
        """The subject with the widest column that its words name it in; None where they name other values as well."""
        found = self._schema.values.get(words_key(words))
        if list(found) != [subject.value]:
            return None
        names = {self._schema.columns[column].name for column in found[str(subject.value)]}
        column = next(name for name in ("brand", *LEVELS, "store", "weekday") if name in names)
        return Subject(column, subject.value, subject.words)

    def _unlinked(self, titles: Sequence[str]) -> list[str]:
        """One or two words of titles that are no value of a column, nor a part of one."""
        found: dict[str, None] = {}
        for title in titles:
            words = [word.lower() for word in WORD.findall(title.split(",")[0]) if word.isalpha() and len(word) > 2]
            for length in (1, 2):
                for first in range(len(words) - length + 1):
                    found[" ".join(words[first : first + length])] = None
        get = self._schema.values.get
        return [
            words for words in found if not get(words_key(words)) and not any(get(words_key(w)) for w in words.split())
        ]


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PERIODS = (
    "in {y}", "in {y}", "during {y}", "last year", "this year", "last month", "this month", "last quarter",
    "this quarter", "last week", "this week", "yesterday", "today", "in the past {n} years",
    "over the last {n} years", "in the last {n} months", "during the past {n} weeks", "in the last {n} days",
    "over the past year", "in the past month", "in {m} {y}", "in {m} {y}", "in {m}", "in q{q} {y}",
    "in the {o} quarter of {y}", "since {y}", "since {m} {y}", "between {y} and {z}", "from {y} to {z}",
    "before {y}", "after {y}", "in the first half of {y}", "from {m} to {k} {y}", "on {m} {d}, {y}", "until {y}",
    "the past {n} years", "{y}", "within the last {n} months", "of the last {n} years",
)  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


def period_words(draw: Random, this_year: int) -> str:
    """A way to say some time."""
    first = this_year - draw.randint(0, 5)
    start, stop = sorted(draw.sample(range(12), 2))
    number = draw.choice(("two", "three", "five", "six", "2", "3", "4", "5", "6", "10", "12", "30"))
    return draw.choice(PERIODS).format(
        y=first,
        z=min(first + draw.randint(1, 3), this_year),
        m=_MONTHS[start],
        k=_MONTHS[stop],
        q=draw.randint(1, 4),
        o=draw.choice(("first", "second", "third", "fourth")),
        d=draw.randint(1, 28),
        n=number,
    )
