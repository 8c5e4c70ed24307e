"""What of a question its query leaves unaccounted for. Free of torch.

A query may be probable and still leave out what was asked: a word that the model never saw ("annual"), a number, time
or value that was found in the question and used nowhere, a column that was named and is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aisle.sql.schema import words_key
from aisle.sql.sheet import Sheet, Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What a query does not account for, in the question's own words."""

    strange: tuple[str, ...] = ()
    """Words that the model never learned from, and that no part of the query stands for."""
    unused: tuple[str, ...] = ()
    """Numbers, times and values that the question names and the query does not use."""
    columns: tuple[str, ...] = ()
    """Columns that the question names and the query does not use."""

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.strange, *self.unused, *self.columns)


def coverage_of(sheet: Sheet, symbols: Sequence[int], known: frozenset[str]) -> Coverage:
    """What the query of these symbols leaves out; `known` are the words that were learned from, as `words_key` has
    them."""
    values = used_values(sheet, symbols)
    covered = _covered(sheet, symbols, values)
    literals = [value.value for value in values]
    strange, unused, columns = list[str](), dict[str, None](), list[str]()
    found = set[int]()
    for value in sheet.values:
        places = set(range(value.first, value.last + 1)) if value.first >= 0 and value.similarity == 1 else set()
        # "stock" may be a kind of soup, but is mostly a word like any other.
        common = value.role != "period" and known.issuperset(words_key(value.words))
        if not places or places & covered or common:
            continue
        if value.is_number and value.value in literals:
            covered |= places
        elif not places <= found:
            found |= places
            unused[value.words] = None
    names = {words_key(sheet.schema.columns[s - sheet.first_column].words) for s in _columns(sheet, symbols)}
    named = {words_key(column.words) for column in sheet.schema.columns} - names
    for place, word in enumerate(sheet.words):
        key = words_key(word.text)
        if place in covered or place in found or not key:
            continue
        if key in named:
            columns.append(word.text)
        elif not known.issuperset(key):
            strange.append(word.text)
    return Coverage(strange=tuple(strange), unused=tuple(unused), columns=tuple(columns))


def used_values(sheet: Sheet, symbols: Sequence[int]) -> list[Value]:
    """The values that a query uses, each once."""
    return [sheet.values[one - sheet.first_value] for one in dict.fromkeys(symbols) if one >= sheet.first_value]


def learned_words(pairs: Iterable[tuple[Sheet, Sequence[int]]], *, least: int = 2) -> frozenset[str]:
    """The words of questions that no value stands for, as `words_key` has them: those that are there so often."""
    counts: dict[str, int] = {}
    for sheet, symbols in pairs:
        covered = _covered(sheet, symbols, used_values(sheet, symbols))
        keys = {part for n, word in enumerate(sheet.words) if n not in covered for part in words_key(word.text)}
        for part in keys:
            counts[part] = counts.get(part, 0) + 1
    return frozenset(word for word, count in counts.items() if count >= least)


def _covered(sheet: Sheet, symbols: Sequence[int], values: Iterable[Value]) -> set[int]:
    """Places of words that a value of the query or a copied text stands for."""
    covered = {place for value in values if value.first >= 0 for place in range(value.first, value.last + 1)}
    words = [one - sheet.first_word for one in symbols if sheet.first_word <= one < sheet.first_table]
    for first, last in zip(words[::2], words[1::2], strict=True):
        covered.update(range(first, last + 1))
    return covered


def _columns(sheet: Sheet, symbols: Sequence[int]) -> Iterator[int]:
    return (one for one in symbols if sheet.first_column <= one < sheet.first_value)
