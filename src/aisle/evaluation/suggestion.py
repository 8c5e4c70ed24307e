"""Auto-complete: how soon does it show what the person was going to type, and how much of it is clutter?

Measured on a log of pairs: what had been typed so far, and the query that was submitted in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rich.table import Table

from aisle.errors import UserError
from aisle.evaluation.result import shown
from aisle.evaluation.rows import required_rows
from aisle.text.plurals import fold_plural
from aisle.text.words import words

LISTED = 10
"""Only the first ten suggestions count."""

Suggest: TypeAlias = Callable[["Typing"], Sequence[str]]
"""A moment in the log to the suggested texts, best first. It must look at what had been typed alone, not at `query`."""

Same: TypeAlias = Callable[[str, str], bool]
"""Whether two suggestions say the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Typing:
    """A moment in the log."""

    prefix: str
    """What had been typed."""

    query: str
    """What was searched for in the end."""

    store: str = ""

    previous: str = ""
    """What the same session had searched for before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Helpfulness:
    """The figures over some moments, each between 0 and 1 but for `duplicates`."""

    prefixes: int
    """Moments measured."""

    success: float
    """Share of them at which the query was among the first ten suggestions."""

    mrr: float
    """Mean of 1 / its rank, 0 where it was not among them."""

    keystrokes_saved: float
    """Of all characters of the queries, the share that need not be typed. Taking a suggestion costs one keystroke."""

    duplicates: float
    """Mean number of suggestions, of the first ten, that say again what a higher one says."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "prefixes": self.prefixes,
            f"success@{LISTED}": self.success,
            f"mrr@{LISTED}": self.mrr,
            "keystrokes_saved": self.keystrokes_saved,
            f"duplicates@{LISTED}": self.duplicates,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestionResult:
    """The figures of a log, overall and by how much had been typed."""

    overall: Helpfulness
    by_length: dict[str, Helpfulness]
    """Characters typed ("0" to "3", "4-6", "7+") to the figures, as far as they occur."""

    def as_dict(self) -> dict[str, Any]:
        lengths = {length: part.as_dict() for length, part in self.by_length.items()}
        return {**self.overall.as_dict(), "by_prefix_length": lengths}

    def __rich__(self) -> Table:
        names = ("prefixes", f"success@{LISTED}", f"mrr@{LISTED}", "keystrokes saved", f"duplicates@{LISTED}")
        table = Table("characters typed", *names, title="Suggestions")
        for column in table.columns[1:]:
            column.justify = "right"
        for length, part in self.by_length.items():
            table.add_row(length, *_cells(part))
        table.add_section()
        table.add_row("all", *_cells(self.overall), style="bold")
        return table


def read_typings(path: str | Path) -> list[Typing]:
    """Moments from a table with the columns `prefix` and `query`, and maybe `store` and `previous`.

    What was typed keeps the space at its end, if the table has it: it says that the last word is complete.
    """
    typings = []
    for line, row in required_rows(path, ("prefix", "query")):
        query = str(row["query"])
        if not same_text(query):
            raise UserError(f"{path}, line {line}: the query {query!r} has no words; leave the row out")
        typings.append(
            Typing(
                prefix=str(row["prefix"]),
                query=query,
                store=str(row.get("store") or ""),
                previous=str(row.get("previous") or ""),
            )
        )
    return typings


def evaluate_suggestions(suggest: Suggest, typings: Sequence[Typing], *, same: Same | None = None) -> SuggestionResult:
    """Ask for suggestions at every moment of the log and look for the query among the first ten.

    `same` tells which two suggestions say the same; without it those of the same words do, in any order and number.
    """
    if not typings:
        raise UserError("there are no prefixes to evaluate; at least one is needed")
    moments = [_look(suggest, typing, same) for typing in typings]
    by_length: dict[str, list[_Moment]] = {length: [] for length in ("0", "1", "2", "3", "4-6", "7+")}
    for moment in moments:
        by_length[_length_class(moment.typed)].append(moment)
    return SuggestionResult(
        overall=_summed_up(moments),
        by_length={length: _summed_up(part) for length, part in by_length.items() if part},
    )


def same_text(text: str) -> str:
    """Equal for two spellings of one query: case, accents, punctuation, spaces and ways to write a size aside."""
    return "".join(words(text))


def same_words(text: str) -> tuple[str, ...]:
    """Equal for two texts of the same words, in any order, singular or plural: "eggs, brown" and "brown egg"."""
    return tuple(sorted(map(fold_plural, words(text))))


@dataclass(frozen=True, slots=True)
class _Moment:
    typed: int
    characters: int
    rank: int
    """From 1; 0 where the query was not listed."""

    duplicates: int

    @property
    def saved(self) -> int:
        return max(self.characters - self.typed - 1, 0) if self.rank else 0


def _repetitions(listed: Sequence[str], same: Same | None) -> int:
    if same is None:
        return len(listed) - len({same_words(text) for text in listed})
    return sum(any(same(text, higher) for higher in listed[:place]) for place, text in enumerate(listed))


def _look(suggest: Suggest, typing: Typing, same: Same | None) -> _Moment:
    listed = suggest(typing)[:LISTED]
    wanted = same_text(typing.query)
    rank = next((rank for rank, text in enumerate(listed, 1) if same_text(text) == wanted), 0)
    return _Moment(
        typed=len(typing.prefix),
        characters=len(typing.query),
        rank=rank,
        duplicates=_repetitions(listed, same),
    )


def _summed_up(moments: Iterable[_Moment]) -> Helpfulness:
    moments = list(moments)
    return Helpfulness(
        prefixes=len(moments),
        success=sum(moment.rank > 0 for moment in moments) / len(moments),
        mrr=sum(1 / moment.rank for moment in moments if moment.rank) / len(moments),
        keystrokes_saved=sum(moment.saved for moment in moments) / sum(moment.characters for moment in moments),
        duplicates=sum(moment.duplicates for moment in moments) / len(moments),
    )


def _length_class(typed: int) -> str:
    return str(typed) if typed <= 3 else "4-6" if typed <= 6 else "7+"


def _cells(part: Helpfulness) -> tuple[str, ...]:
    figures = (part.success, part.mrr, part.keystrokes_saved, part.duplicates)
    return f"{part.prefixes:,}", *(shown(figure, digits=3) for figure in figures)
