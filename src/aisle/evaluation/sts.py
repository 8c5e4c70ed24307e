"""Semantic textual similarity: does the cosine of two vectors order sentence pairs as people did?

Letters: N pairs, D dimensions. Every correlation is multiplied by 100, as papers print it.

A year of the shared task is made of several parts, and papers sum them up in two ways: SBERT (arXiv 1908.10084) takes
one correlation over all pairs of the year ("concatenated"), SentEval correlates within each part and averages, plainly
or by the number of pairs. The ways differ by several points, so both are computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from aisle.errors import UserError
from aisle.evaluation.correlation import pearson, spearman
from aisle.evaluation.result import Embed, embedded, number_or_none, shown
from aisle.evaluation.rows import required_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class SentencePair:
    """Two sentences and how alike people found them."""

    first: str
    second: str
    score: float
    """Any scale; only the order (Spearman) and the spacing (Pearson) count."""

    task: str = ""
    """The part of the data set it belongs to; empty where there are no parts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """Correlations (x100) between cosine and human scores; NaN where undefined: one pair, or all scores equal."""

    pairs: int
    spearman: float
    pearson: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "pairs": self.pairs,
            "spearman": number_or_none(self.spearman),
            "pearson": number_or_none(self.pearson),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class StsResult:
    """Agreement over a whole file, and by part where the file names parts."""

    concatenated: Agreement
    """One correlation over all pairs together: what SBERT and MTEB report."""

    tasks: dict[str, Agreement] = field(default_factory=dict)
    """Each part alone, in the order of the file; empty where the file has no `task` column."""

    scores_N: NDArray[Any] = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    """Human scores in the order of the file, to draw them from."""

    cosines_N: NDArray[Any] = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    """Cosines in the same order."""

    def mean(self) -> Agreement:
        """The plain mean of the parts: what SentEval prints as "mean"."""
        return self._averaged([1.0] * len(self.tasks))

    def weighted_mean(self) -> Agreement:
        """The mean of the parts by their number of pairs: what SentEval prints as "wmean"."""
        return self._averaged([part.pairs for part in self.tasks.values()])

    def _averaged(self, weights: Sequence[float]) -> Agreement:
        parts = list(self.tasks.values())
        return Agreement(
            pairs=self.concatenated.pairs,
            spearman=float(np.average([part.spearman for part in parts], weights=weights)),
            pearson=float(np.average([part.pearson for part in parts], weights=weights)),
        )

    def as_dict(self) -> dict[str, Any]:
        """`pairs`, `spearman` and `pearson` of the concatenation; with parts also `tasks`, `mean`, `weighted_mean`."""
        numbers = self.concatenated.as_dict()
        if self.tasks:
            numbers["aggregation"] = "concatenated"
            numbers["tasks"] = {name: part.as_dict() for name, part in self.tasks.items()}
            numbers["mean"] = self.mean().as_dict()
            numbers["weighted_mean"] = self.weighted_mean().as_dict()
        return numbers

    def __rich__(self) -> Table:
        table = Table("part", "pairs", "Spearman", "Pearson", title="Semantic textual similarity (x100)")
        for column in table.columns[1:]:
            column.justify = "right"
        for name, part in self.tasks.items():
            table.add_row(name, *_cells(part))
        if self.tasks:
            table.add_section()
            table.add_row("mean of the parts", *_cells(self.mean()))
            table.add_row("weighted mean of the parts", *_cells(self.weighted_mean()))
        table.add_row("all pairs concatenated", *_cells(self.concatenated), style="bold")
        return table


def read_pairs(path: str | Path, *, score_column: str = "score") -> list[SentencePair]:
    """Sentence pairs from a table with the columns `sentence1`, `sentence2`, the score column, and maybe `task`."""
    pairs = []
    for line, row in required_rows(path, ("sentence1", "sentence2", score_column)):
        try:
            score = float(row[score_column])
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise UserError(f"{path}, line {line}: {score_column} is {row[score_column]!r}; it must be a number")
        pairs.append(
            SentencePair(
                first=str(row["sentence1"]),
                second=str(row["sentence2"]),
                score=score,
                task=str(row.get("task") or ""),
            )
        )
    return pairs


def without_tasks(pairs: Sequence[SentencePair], tasks: Sequence[str]) -> list[SentencePair]:
    """The pairs of all other parts. STS13 is usually reported without SMT, whose licence kept it out of SentEval."""
    known = dict.fromkeys(pair.task for pair in pairs if pair.task)
    if unknown := [task for task in tasks if task not in known]:
        raise UserError(f"no part is called {', '.join(unknown)}; the parts are {', '.join(known) or 'not named'}")
    return [pair for pair in pairs if pair.task not in tasks]


def evaluate_sts(embed: Embed, pairs: Sequence[SentencePair]) -> StsResult:
    """Compare the cosine of the two vectors of each pair with its human score.

    `embed` is called once, with every distinct sentence. Vectors need not have length 1.
    """
    if not pairs:
        raise UserError("there are no sentence pairs to evaluate; at least two are needed")
    texts = [text for pair in pairs for text in (pair.first, pair.second)]
    vectors_ND = embedded(embed, texts)
    cosines_N = cosine(vectors_ND[0::2], vectors_ND[1::2])
    scores_N = np.array([pair.score for pair in pairs])
    tasks_N = np.array([pair.task for pair in pairs])
    tasks: dict[str, Agreement] = {}
    if tasks_N.any():
        for task in dict.fromkeys(pair.task for pair in pairs):
            tasks[task] = _agreement(cosines_N[tasks_N == task], scores_N[tasks_N == task])
    return StsResult(concatenated=_agreement(cosines_N, scores_N), tasks=tasks, scores_N=scores_N, cosines_N=cosines_N)


def cosine(a_ND: NDArray[Any], b_ND: NDArray[Any]) -> NDArray[np.float64]:
    """The cosine between row i of `a_ND` and row i of `b_ND`; 0 where either row is all zeros."""
    a_ND, b_ND = np.asarray(a_ND, np.float64), np.asarray(b_ND, np.float64)
    lengths_N = np.linalg.norm(a_ND, axis=1) * np.linalg.norm(b_ND, axis=1)
    dots_N = np.einsum("nd,nd->n", a_ND, b_ND)
    return np.asarray(np.divide(dots_N, lengths_N, out=np.zeros_like(dots_N), where=lengths_N > 0))


def _agreement(cosines_N: NDArray[Any], scores_N: NDArray[Any]) -> Agreement:
    return Agreement(
        pairs=len(scores_N),
        spearman=100 * spearman(cosines_N, scores_N),
        pearson=100 * pearson(cosines_N, scores_N),
    )


def _cells(agreement: Agreement) -> tuple[str, str, str]:
    return f"{agreement.pairs:,}", shown(agreement.spearman), shown(agreement.pearson)
