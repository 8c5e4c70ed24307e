"""The texts that a light query tower learns from: what people typed, and words of titles as they might be typed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.errors import UserError
from aisle.files.tables import BadRow, open_table
from aisle.tasks.two_tower.light_settings import LightSettings
from aisle.tasks.two_tower.noise import of_title

_HELD_OUT = 10
"""One query in so many is not learnt from, but looked at after every epoch."""
_MOST_HELD_OUT = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class LightTexts:
    """Distinct texts."""

    queries: tuple[str, ...]
    """What people typed."""
    made: tuple[str, ...]
    """Made of titles."""
    held_out: tuple[str, ...]
    """Typed queries that are not learnt from."""

    @property
    def learnt(self) -> tuple[str, ...]:
        """All that are learnt from."""
        return self.queries + self.made


def light_texts(queries: Iterable[str], titles: Sequence[str], settings: LightSettings, seed: int) -> LightTexts:
    """The texts of a training; the same input and seed give the same.

    Raises
        UserError: there is no text at all.
    """
    typed = list(dict.fromkeys(query for query in (query.strip() for query in queries) if query))
    # Titles are drawn from with the module's own numbers, as in training two towers.
    random.seed(seed)
    held_out = set(random.sample(typed, min(_MOST_HELD_OUT, len(typed) // _HELD_OUT)))
    wanted = round(settings.title_queries * len(titles))
    rounds, rest = divmod(wanted, len(titles)) if titles else (0, 0)
    drawn = [*titles] * rounds + random.sample(titles, rest)
    made = list(dict.fromkeys(filter(None, map(of_title, drawn))))
    known = set(typed)
    texts = LightTexts(
        queries=tuple(query for query in typed if query not in held_out),
        made=tuple(text for text in made if text not in known),
        held_out=tuple(query for query in typed if query in held_out),
    )
    if not texts.learnt:
        raise UserError("there is no query to learn from; give a file or a shop that has some, or titles of products")
    return texts


def read_queries(path: str | Path) -> list[str]:
    """The queries of a table with a column `query`, such as a file of pairs.

    Raises
        UserError: the column is missing, or a row cannot be read; with its line.
    """
    table = open_table(path)
    if "query" not in table.columns:
        raise UserError(f"{path} has no column 'query'; it has {', '.join(table.columns)}")
    queries = []
    for row in table.rows:
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; mend or remove this row")
        queries.append(str(row.values.get("query") or ""))
    return queries
