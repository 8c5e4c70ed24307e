"""Questions with the queries that answer them, as training takes them. Free of torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from aisle.errors import UserError
from aisle.sql.grammar import Grammar, NotAllowedError
from aisle.sql.links import Guess, lay_out
from aisle.sql.schema import Schema
from aisle.sql.sheet import Sheet
from aisle.sql.tree import Query
from aisle.sql.writing import UnwritableError, symbols_of
from aisle.tasks.ask.settings import MOST_STEPS
from aisle.tasks.ask.things import Things, things_of
from aisle.text.tokenizer import Tokenizer

_PER_PIECE = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question and what is true of it."""

    text: str
    query: Query | None
    """None where the schema cannot answer it."""
    schema: Schema
    today: date
    guess: Guess | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question laid out, and the symbols that are to be written."""

    sheet: Sheet
    things: Things
    symbols: tuple[int, ...]
    allowed: tuple[tuple[int, ...], ...]
    """What the grammar allows in the place of each symbol."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """Examples, and why other questions are none."""

    examples: tuple[Example, ...]
    left_out: dict[str, int]
    """How many questions, by the reason for which their query cannot be written."""


def prepare(
    questions: Iterable[Question],
    tokenizer: Tokenizer,
    *,
    most_pieces: int,
    seen: Callable[[int], None] = lambda _: None,
) -> Prepared:
    """Lay out every question. What the grammar cannot write, and what is longer than `most_pieces` word pieces, is left
    out and counted."""
    examples, left_out = [], Counter[str]()
    for number, one in enumerate(questions):
        seen(number)
        try:
            sheet = lay_out(one.text, one.schema, today=one.today, guess=one.guess)
        except UserError:
            left_out["the question has no words, or too many"] += 1
            continue
        try:
            symbols = symbols_of(one.query, sheet)
            allowed = Grammar(sheet).steps(symbols)
        except UnwritableError:
            left_out["a value is neither in the question nor in the schema"] += 1
            continue
        except NotAllowedError:
            left_out["the grammar has no way to say it"] += 1
            continue
        if len(symbols) >= MOST_STEPS:
            left_out["the query is too long"] += 1
            continue
        things = things_of(sheet, tokenizer)
        if len(things.pieces) > most_pieces:
            left_out["the question is longer than the encoder reads"] += 1
            continue
        examples.append(
            Example(
                sheet=sheet,
                things=things,
                symbols=symbols,
                allowed=tuple(tuple(step) for step in allowed),
            )
        )
    return Prepared(examples=tuple(examples), left_out=dict(left_out))


def lengths(examples: Sequence[Example]) -> list[int]:
    """How much there is to compute for each example, in word pieces: a thing or a symbol costs a part of one."""
    return [len(one.things.pieces) + (len(one.things) + len(one.symbols)) // _PER_PIECE for one in examples]
