"""A tree as the symbols that mean it: what a generator learns to write. The grammar read backwards."""

from __future__ import annotations

from collections.abc import Iterator

from aisle.sql.schema import WORD, singular
from aisle.sql.sheet import CODES, Sheet
from aisle.sql.tree import Condition, Expression, Literal, Period, Query

UNKNOWN = (CODES["UNKNOWN"],)


class UnwritableError(ValueError):
    """A tree has a literal that neither the question nor the schema has."""


def symbols_of(query: Query | None, sheet: Sheet) -> tuple[int, ...]:
    """The symbols of a query about this sheet; None is UNKNOWN.

    Raises
        UnwritableError: a literal is neither a value of the sheet nor words of its question.
    """
    return UNKNOWN if query is None else tuple(_query(query, sheet))


def _query(query: Query, sheet: Sheet) -> Iterator[int]:
    yield from (sheet.first_table + table for table in query.tables)
    yield CODES["SELECT"]
    if query.distinct:
        yield CODES["DISTINCT"]
    for item in query.items:
        yield from _expression(item, sheet)
    if query.where:
        yield CODES["WHERE"]
        for condition in query.where:
            yield from _condition(condition, sheet)
    if query.group:
        yield CODES["GROUP"]
        yield from (sheet.first_column + column for column in query.group)
    if query.having is not None:
        yield CODES["HAVING"]
        yield from _expression(query.having.expression, sheet)
        yield CODES[query.having.operator]
        yield _number(query.having.literal, sheet)
    if query.order is not None:
        yield CODES["ORDER"]
        yield from _expression(query.order, sheet)
        yield CODES["DESC" if query.descending else "ASC"]
        if query.limit is not None:
            yield CODES["LIMIT"]
            yield _number(query.limit, sheet)
    yield CODES["END"]


def _expression(one: Expression, sheet: Sheet) -> Iterator[int]:
    if one.column is None:
        yield CODES["COUNT(*)"]
        return
    if one.aggregate:
        yield CODES[f"{one.aggregate} DISTINCT" if one.aggregate == "COUNT" and one.distinct else one.aggregate]
    yield sheet.first_column + one.column


def _condition(one: Condition, sheet: Sheet) -> Iterator[int]:
    yield sheet.first_column + one.column
    if one.query is not None:
        yield CODES[f"{one.operator}("]
        yield from _query(one.query, sheet)
        return
    yield CODES[one.operator]
    if one.other is not None:
        yield sheet.first_column + one.other
        return
    for place, literal in enumerate(one.literals):
        if place:
            yield CODES["OR"]
        yield from _literal(literal, one.column, sheet, copied=one.operator == "LIKE")


def _literal(literal: Literal, column: int, sheet: Sheet, *, copied: bool) -> Iterator[int]:
    if not copied:
        fitting = [
            place
            for place, value in enumerate(sheet.values)
            if (value.columns is None or column in value.columns) and _same(value.value, literal)
        ]
        exact = [place for place in fitting if sheet.values[place].value == literal]
        # Where words may be literals, "crime" in the question and the value "Crime" are two.
        if fitting and (exact or sheet.schema.closed or not _written(literal, sheet)):
            yield sheet.first_value + (exact or fitting)[0]
            return
    if isinstance(literal, Period):
        raise UnwritableError("a period is not in the question")
    yield from _span(str(literal), sheet)


def _written(literal: Literal, sheet: Sheet) -> bool:
    """Whether the question has this text to the letter."""
    try:
        first, last = _span(str(literal), sheet)
    except UnwritableError:
        return False
    return sheet.span(first - sheet.first_word, last - sheet.first_word) == literal


def _span(text: str, sheet: Sheet) -> Iterator[int]:
    """First and last word of the first place where the question has the text, or its plural."""
    wanted = [word.lower() for word in WORD.findall(text)]
    words = [word.text.lower() for word in sheet.words]
    for plural in (False, True):
        for first in range(len(words) - len(wanted) + 1 if wanted else 0):
            found = words[first : first + len(wanted)]
            if [*found[:-1], singular(found[-1]) if plural else found[-1]] == wanted:
                yield from (sheet.first_word + first, sheet.first_word + first + len(wanted) - 1)
                return
    raise UnwritableError(f"{text!r} is neither in the question nor a value of the schema")


def _number(number: Literal, sheet: Sheet) -> int:
    for place, value in enumerate(sheet.values):
        if value.columns is None and _same(value.value, number):
            return sheet.first_value + place
    raise UnwritableError(f"the number {number} is neither in the question nor a constant of the schema")


def _same(one: Literal, other: Literal) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return one == other and isinstance(one, str) == isinstance(other, str)
