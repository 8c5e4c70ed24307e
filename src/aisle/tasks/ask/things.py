"""A sheet in numbers: what the model reads of the words, tables, columns and values that it may point to.

Legend: S things of a sheet, P word pieces of its question, M marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.sql.schema import words_key
from aisle.sql.sheet import ROLES, Sheet
from aisle.text.tokenizer import Tokenizer

MARKS = (
    "word", "table", "column", "value",
    "in number", "in text", "in period", "in guess", "names a table", "names a column",
    "is named", "is partly named", "has a value", "has a period",
    "of text", "of numbers", "of dates", "of anything",
    *ROLES, "guessed",
)  # fmt: skip
"""What is known of a thing without a model: what it is, and what links it to the question."""
_MARK = {name: number for number, name in enumerate(MARKS)}
_KINDS = {"text": "of text", "number": "of numbers", "date": "of dates", "any": "of anything"}


@dataclass(frozen=True, slots=True)
class Things:
    """One sheet, ready for the model."""

    pieces: tuple[int, ...]
    """Ids of the question's word pieces, special tokens included."""
    spans_S2: NDArray[np.int64]
    """First piece of each thing and the piece after its last; equal where the question has no word of it."""
    texts: tuple[str, ...]
    """Of each thing the text that stands for it; empty where its words of the question do."""
    marks_SM: NDArray[np.float32]
    """1 where a thing has a mark."""
    links: tuple[tuple[int, int], ...]
    """Pairs (value, column), both as numbers of things."""

    def __len__(self) -> int:
        return len(self.texts)


def things_of(sheet: Sheet, tokenizer: Tokenizer) -> Things:
    """What the model reads of a sheet."""
    pieces, word_spans = _pieces([word.text for word in sheet.words], tokenizer)
    schema, first = sheet.schema, sheet.first_word
    T, C, V = sheet.first_table - first, sheet.first_column - first, sheet.first_value - first
    S = sheet.size - first
    spans_S2, marks_SM = np.zeros((S, 2), np.int64), np.zeros((S, len(MARKS)), np.float32)
    spans_S2[:T] = word_spans
    texts = [""] * S

    def mark(thing: int, *names: str) -> None:
        for name in names:
            marks_SM[thing, _MARK[name]] = 1

    keys = [words_key(word.text) for word in sheet.words]
    asked = {part for key in keys for part in key}
    for thing in range(T):
        mark(thing, "word")
    for place, table in enumerate(schema.tables):
        texts[T + place] = table.words
        mark(T + place, "table", *_named(words_key(table.words), asked))
    for place, column in enumerate(schema.columns):
        table = schema.tables[schema.table_of(place)]
        texts[C + place] = f"{table.words} {column.words}"
        mark(C + place, "column", _KINDS[column.kind], *_named(words_key(column.words), asked))
    table_words = {part for table in schema.tables for part in words_key(table.words)}
    column_words = {part for column in schema.columns for part in words_key(column.words)}
    for place, key in enumerate(keys):
        if set(key) & table_words:
            mark(place, "names a table")
        if set(key) & column_words:
            mark(place, "names a column")
    links = []
    for place, value in enumerate(sheet.values):
        thing = V + place
        mark(thing, "value", value.role)
        if value.first < 0:
            texts[thing] = value.words
        else:
            spans_S2[thing] = spans_S2[value.first, 0], spans_S2[value.last, 1]
            inside = "in guess" if value.similarity < 1 else f"in {value.role}"
            for word in range(value.first, value.last + 1):
                mark(word, inside)
        if value.similarity < 1:
            mark(thing, "guessed")
        for linked in sorted(value.columns or ()):
            links.append((thing, C + linked))
            if value.first >= 0:
                mark(C + linked, "has a value")
        if value.role == "period":
            for dated, about in enumerate(schema.columns):
                if about.kind == "date":
                    mark(C + dated, "has a period")
    return Things(tuple(pieces), spans_S2, tuple(texts), marks_SM, tuple(links))


def _named(key: Sequence[str], asked: set[str]) -> tuple[str, ...]:
    found = sum(part in asked for part in key)
    if not found:
        return ()
    return ("is named",) if found == len(key) else ("is partly named",)


def _pieces(words: Sequence[str], tokenizer: Tokenizer) -> tuple[list[int], list[tuple[int, int]]]:
    """The pieces of all words between the special tokens, and from where to where each word reaches."""
    special = tokenizer.special
    ids, spans = [special.cls], []
    for row in tokenizer.encode_batch(words).ids:
        own = row[1:-1] or [special.unk]
        spans.append((len(ids), len(ids) + len(own)))
        ids += own
    return [*ids, special.sep], spans
