"""`aisle evaluate transfer`: SentEval's protocol on frozen vectors."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aisle.cli.embedding import evaluated
from aisle.cli.output import print_json, results
from aisle.cli.recording import Recorded
from aisle.evaluation.examples import read_examples
from aisle.evaluation.transfer import evaluate_folds, evaluate_test_set
from aisle.runtime.settings import Precision


@dataclass(frozen=True, kw_only=True)
class EvaluateTransfer(Recorded):
    """Accuracy (x100) of a logistic regression on frozen vectors: 10-fold, or train and test."""

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory."""
    data: tuple[Path, ...]
    """Tables with `label` and `text`, or `label`, `sentence1` and `sentence2`: all the rows, or the training rows."""
    test: Path | None = None
    """Table to test on; without it, nested 10-fold cross-validation over the data."""
    dev: Path | None = None
    """Table on which the regularisation is chosen; without it, by an inner cross-validation."""
    label_column: str = "label"
    """Column of the labels."""
    precision: Precision = "f32"
    """Arithmetic of the encoder: f32, so that figures can be compared with published ones and between machines."""
    baseline: Literal["", "static", "cls", "mean", "max"] = ""
    """Measure a baseline of the checkpoint in its place: its token table averaged, or another pooling."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Encode every distinct text once, and classify."""
        started = time.perf_counter()
        train = read_examples(self.data, label_column=self.label_column)
        with evaluated(self.encoder, self.precision, self.baseline) as embed:
            if self.test is None:
                result = evaluate_folds(embed, train)
            else:
                test = read_examples([self.test], label_column=self.label_column)
                dev = None if self.dev is None else read_examples([self.dev], label_column=self.label_column)
                result = evaluate_test_set(embed, train, test, dev=dev)
        numbers = result.as_dict() | embed.report() | {"seconds": time.perf_counter() - started}
        self.keep("transfer", embed.name, [*self.data, *([self.test] if self.test else [])], numbers)
        if self.json:
            print_json(numbers)
        else:
            results.print(result)
            embed.remark()
