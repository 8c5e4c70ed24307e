"""From a sheet to a query: beam search under the grammar.

Legend: V = keywords and things, what may be written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.model.generation.beam import beam_search
from aisle.model.generation.next_tokens import Adjust
from aisle.model.generation.settings import Beam, Limits
from aisle.sql.grammar import Grammar
from aisle.sql.sheet import Sheet
from aisle.sql.tree import Query
from aisle.tasks.ask.engine import AskEngine, WrittenRows
from aisle.tasks.ask.settings import START
from aisle.tasks.ask.things import things_of

WIDTH = 4
"""Beginnings of queries that are followed side by side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A query that was written, and how probable it is."""

    query: Query | None
    """None: the model says that the question cannot be answered."""
    symbols: tuple[int, ...]
    probability: float
    """Of the whole line of symbols among all that the grammar allows."""
    weakest: float
    """Of the least probable of its symbols."""


def write_query(engine: AskEngine, sheet: Sheet, *, width: int = WIDTH) -> Written | None:
    """The most probable query of those found by a beam search; None where no beam ends within the model's steps."""
    grammar = Grammar(sheet)
    end = sheet.size

    def adjust(so_far: Sequence[int], log_probabilities_V: NDArray[np.float32]) -> NDArray[np.float32]:
        """Only what the grammar allows, scaled anew; the end, once the query is whole."""
        allowed = grammar.allowed(so_far)
        result_V = np.full_like(log_probabilities_V, -np.inf)
        if not allowed:
            result_V[end] = 0.0
            return result_V
        chosen = log_probabilities_V[allowed].astype(np.float64)
        top = chosen.max()
        result_V[allowed] = chosen - top - math.log(np.exp(chosen - top).sum())
        return result_V

    rows = _WithEnd(WrittenRows(engine, things_of(sheet, engine.tokenizer)))
    hook: Adjust = adjust
    limits = Limits(max_tokens=engine.most_steps, end_ids=frozenset({end}))
    for found in beam_search(rows, np.array([START]), Beam(width=width, length_penalty=0.0), limits, hook):
        if found.ending == "end":
            symbols = found.tokens
            return Written(
                query=grammar.tree(symbols),
                symbols=symbols,
                probability=math.exp(min(found.log_probability, 0.0)),
                weakest=math.exp(min(*found.log_probabilities, 0.0)),
            )
    return None


class _WithEnd:
    """Rows with one more thing to write: the end of the line, which the hook alone decides about."""

    def __init__(self, rows: WrittenRows) -> None:
        self.rows = rows

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V + 1)."""
        scores_BV = self.rows.extend(tokens_BT)
        return np.concatenate([scores_BV, np.zeros((len(scores_BV), 1), np.float32)], axis=1)

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        self.rows.select(rows_B)
