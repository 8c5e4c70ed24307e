"""From a question to its sheet: the numbers, times and values of the schema that its words name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from aisle.errors import UserError
from aisle.sql.periods import SMALL_NUMBERS, find_periods
from aisle.sql.schema import LONGEST, WORD, Schema, words_key
from aisle.sql.sheet import Sheet, Value, Word

MOST_WORDS = 60
"""Words of the longest question."""
_TIMES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000, "dozen": 12, "hundred": 100}
_PLAIN = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
# Words that are too common to name a value by themselves, whatever the schema holds.
_TOO_COMMON = {
    "a", "an", "and", "as", "at", "by", "do", "for", "from", "in", "is", "it", "me", "most", "much", "no", "not",
    "of", "on", "or", "our", "per", "so", "the", "to", "up", "we",
}  # fmt: skip

Guess = Callable[[Sequence[str]], list[tuple[str, frozenset[int], float]]]
"""Told words that nothing is linked to; for each the value that means most nearly the same, or "" for none, its
columns, and how near it is (below 1)."""


def lay_out(question: str, schema: Schema, *, today: date, guess: Guess | None = None) -> Sheet:
    """The sheet of a question.

    Raises
        UserError: the question has no words, or more than `MOST_WORDS`.
    """
    words = [Word(text=m.group(), start=m.start(), end=m.end()) for m in WORD.finditer(question)]
    if not any(word.text.isalnum() for word in words):
        raise UserError("the question is empty; ask something like: how many products are in stock")
    if len(words) > MOST_WORDS:
        raise UserError(f"the question has {len(words)} words, the most are {MOST_WORDS}; ask in fewer words")
    values = [*_periods(question, words, today), *_numbers(words), *_named(words, schema)]
    if guess is not None:
        values += _guessed(words, values, schema, guess)
    values += [
        Value(words=one.words, value=one.value, role="constant", columns=_columns(one.columns, schema))
        for one in schema.constants
    ]
    return Sheet(question, words, schema, values)


def _columns(names: Sequence[tuple[str, str]], schema: Schema) -> frozenset[int] | None:
    if not names:
        return None
    places = [schema.place(table, column) for table, column in names]
    assert None not in places, f"a constant is for {names}, and the schema lacks one of them"
    return frozenset(place for place in places if place is not None)


def _periods(question: str, words: Sequence[Word], today: date) -> Iterator[Value]:
    for found in find_periods(question, today):
        inside = [n for n, word in enumerate(words) if word.start < found.end and found.start < word.end]
        text = question[found.start : found.end]
        yield Value(words=text, value=found.period, role="period", first=inside[0], last=inside[-1])


def _numbers(words: Sequence[Word]) -> Iterator[Value]:
    for place, word in enumerate(words):
        number = _number(word.text)
        if number is None:
            continue
        last = place
        if place + 1 < len(words) and (times := _TIMES.get(words[place + 1].text.lower())) is not None:
            number, last = number * times, place + 1
        yield Value(words=word.text, value=number, role="number", first=place, last=last)


def _number(text: str) -> int | float | None:
    if text.lower() in SMALL_NUMBERS:
        return SMALL_NUMBERS[text.lower()]
    if not _PLAIN.fullmatch(text) or len(text) > 15:
        return None
    plain = text.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _named(words: Sequence[Word], schema: Schema) -> Iterator[Value]:
    """Values that words name, the longest first; one inside a longer one only for columns that the longer is not in."""
    keys = [words_key(word.text) for word in words]
    taken: list[tuple[int, int, frozenset[int]]] = []
    for length in range(min(LONGEST, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            last = first + length - 1
            key = tuple(part for one in keys[first : last + 1] for part in one)
            if not keys[first] or not keys[last] or all(part in _TOO_COMMON for part in key):
                continue
            named = frozenset(c for f, t, columns in taken if f <= first and last <= t for c in columns)
            text = " ".join(word.text for word in words[first : last + 1])
            found = {value: columns - named for value, columns in schema.values.get(key).items() if columns - named}
            for value, columns in sorted(found.items()):
                yield Value(words=text, value=value, role="text", columns=columns, first=first, last=last)
            taken += [(first, last, columns) for columns in found.values()]


def _guessed(words: Sequence[Word], values: Sequence[Value], schema: Schema, guess: Guess) -> Iterator[Value]:
    """Values that words mean without naming them, for words that say nothing else."""
    linked = {place for value in values for place in range(value.first, value.last + 1) if value.first >= 0}
    known = {part for table in schema.tables for part in words_key(table.words)}
    known |= {part for column in schema.columns for part in words_key(column.words)}
    places = [
        place
        for place, word in enumerate(words)
        if place not in linked and len(word.text) > 3 and word.text.isalpha() and not set(words_key(word.text)) & known
    ]
    for place, (value, columns, near) in zip(places, guess([words[place].text for place in places]), strict=True):
        if value:
            text = words[place].text
            yield Value(words=text, value=value, role="text", columns=columns, first=place, last=place, similarity=near)
