"""`aisle evaluate sts`: does cosine order sentence pairs as people did?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aisle.cli.embedding import evaluated
from aisle.cli.output import print_json, results
from aisle.cli.recording import Recorded
from aisle.evaluation.record import scatter
from aisle.evaluation.sts import evaluate_sts, read_pairs, without_tasks
from aisle.runtime.settings import Precision


@dataclass(frozen=True, kw_only=True)
class EvaluateSts(Recorded):
    """Spearman and Pearson correlation (x100) of cosine and human scores."""

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory."""
    data: Path
    """Table with `sentence1`, `sentence2`, a score, and maybe `task` for the parts of a year."""
    score_column: str = "score"
    """Column of the human scores."""
    without: tuple[str, ...] = ()
    """Parts to leave out, such as SMT in STS13."""
    precision: Precision = "f32"
    """Arithmetic of the encoder: f32, so that figures can be compared with published ones and between machines."""
    baseline: Literal["", "static", "cls", "mean", "max"] = ""
    """Measure a baseline of the checkpoint in its place: its token table averaged, or another pooling."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Encode every distinct sentence once, and correlate."""
        pairs = read_pairs(self.data, score_column=self.score_column)
        if self.without:
            pairs = without_tasks(pairs, self.without)
        started = time.perf_counter()
        with evaluated(self.encoder, self.precision, self.baseline) as embed:
            result = evaluate_sts(embed, pairs)
        numbers = result.as_dict() | embed.report() | {"seconds": time.perf_counter() - started}
        self.keep("sts", embed.name, [self.data], numbers, scatter(result.scores_N, result.cosines_N))
        if self.json:
            print_json(numbers)
        else:
            results.print(result)
            embed.remark()
