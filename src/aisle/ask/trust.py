"""How far what a query guesses is to be trusted, beyond what its probability says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aisle.ask.ledger_schema import Ledger
from aisle.ask.nearest import Nearest
from aisle.sql.execution import RefusedError, RunLimits
from aisle.sql.render import like
from aisle.sql.schema import words_key
from aisle.sql.sheet import Sheet
from aisle.sql.tree import Condition, Query
from aisle.tasks.ask.coverage import used_values

_RIGHT_AT_A_GUESS = 0.5
"""How often a guess is right where nothing can be measured."""
_LIMITS = RunLimits(rows=2_000, seconds=2)


def trust_in_links(sheet: Sheet, symbols: Sequence[int], guess: Nearest | None) -> float:
    """How often guessed links as near as those of a query are right; 1 where nothing is guessed."""
    trust = 1.0
    for value in used_values(sheet, symbols):
        if value.similarity < 1:
            trust *= _RIGHT_AT_A_GUESS if guess is None else guess.trust(value.similarity)
    return trust


def trust_in_titles(untitled: Sequence[str]) -> float:
    """The same for words that titles are searched for and that none of them has."""
    return float(_RIGHT_AT_A_GUESS ** len(untitled))


def untitled_words(query: Query, ledger: Ledger) -> tuple[str, ...]:
    """What titles are searched for although none has it as words: "fashion" is within "old-fashioned", and means
    something else."""
    places = {n for n, column in enumerate(ledger.schema.columns) if column.name == "title"}
    wanted = dict.fromkeys(
        str(one.literals[0]) for one in _conditions(query) if one.operator == "LIKE" and one.column in places
    )
    return tuple(words for words in wanted if not _is_in_a_title(words, ledger))


def _is_in_a_title(words: str, ledger: Ledger) -> bool:
    sql = f"SELECT DISTINCT title FROM product WHERE title {ledger.source.dialect.like} {like(words)}"
    try:
        titles = ledger.run(sql, _LIMITS).rows
    except RefusedError:  # it takes too long to say
        return True
    key = words_key(words)
    return any(
        key == found[first : first + len(key)]
        for (title,) in titles
        for found in (words_key(str(title)),)
        for first in range(len(found) - len(key) + 1)
    )


def _conditions(query: Query) -> Iterator[Condition]:
    for one in query.where:
        yield one
        if one.query is not None:
            yield from _conditions(one.query)
