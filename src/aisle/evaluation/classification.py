"""Classification: how many texts get the right class, which ones are confused, and what the probabilities are worth.

Letters: N examples, C classes. Accuracy and F1 are shares from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Group
from rich.table import Table

from aisle.evaluation.calibration import Reliability, reliability

_SHOWN_CLASSES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """One class."""

    label: str
    examples: int
    """Examples that have it."""
    predicted: int
    """Examples that were said to have it."""
    hits: int
    """Examples that have it and were said to."""

    @property
    def precision(self) -> float:
        """Share of what was said that is true; 0 where nothing was said."""
        return self.hits / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of what is true that was said; 0 where nothing is true."""
        return self.hits / self.examples if self.examples else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.predicted + self.examples
        return 2 * self.hits / both if both else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "examples": self.examples,
            "predicted": self.predicted,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationResult:
    """The result of a classifier over labelled texts."""

    examples: int
    multi_label: bool
    accuracy: float
    """Share of texts with exactly the right class, or exactly the right set of classes."""
    classes: tuple[ClassScore, ...]
    log_loss: float
    """Mean of -log of the probability given to what is true."""
    confusion: NDArray[np.int64]
    """(C, C): row true, column said. Where texts may have several classes (C, 2, 2): a class's no and yes, row true."""
    reliability: Reliability = field(repr=False)
    """Probability of what was said against how often it is right."""
    unsure: int
    """Texts below the threshold of being sure. They count with their likeliest class above."""
    accuracy_sure: float | None
    """Accuracy on the others; None where all are unsure."""

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes; with one class a text, of those that are there or were said."""
        scores = [one.f1 for one in self.classes if self.multi_label or one.examples or one.predicted]
        return float(np.mean(scores)) if scores else 0.0

    @property
    def micro_f1(self) -> float:
        """F1 over all decisions together; with one class a text it is the accuracy."""
        hits = sum(one.hits for one in self.classes)
        both = sum(one.predicted + one.examples for one in self.classes)
        return 2 * hits / both if both else 0.0

    def as_dict(self) -> dict[str, Any]:
        """`accuracy, macro_f1, examples, confusion` (of several classes a text `confusion_by_class`) and the rest."""
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "examples": self.examples,
            "micro_f1": self.micro_f1,
            "log_loss": self.log_loss,
            "calibration_error": self.reliability.error,
            "unsure": self.unsure,
            "accuracy_sure": self.accuracy_sure,
            "multi_label": self.multi_label,
            "labels": [one.label for one in self.classes],
            "classes": [one.as_dict() for one in self.classes],
            "confusion_by_class" if self.multi_label else "confusion": self.confusion.tolist(),
        }

    def __rich__(self) -> Group:
        facts = Table("measure", "value", title=f"Classification of {self.examples:,} texts", title_justify="left")
        facts.columns[1].justify = "right"
        facts.add_row(
            "accuracy" + (" (all classes of a text right)" if self.multi_label else ""), f"{self.accuracy:.4f}"
        )
        facts.add_row("macro F1", f"{self.macro_f1:.4f}")
        facts.add_row("micro F1", f"{self.micro_f1:.4f}")
        facts.add_row("log loss", f"{self.log_loss:.4f}")
        facts.add_row("calibration error", f"{self.reliability.error:.4f}")
        if self.unsure:
            facts.add_row("unsure", f"{self.unsure:,}")
            facts.add_row("accuracy of the others", "–" if self.accuracy_sure is None else f"{self.accuracy_sure:.4f}")
        shown = [facts, self._classes()]
        if not self.multi_label and len(self.classes) <= _SHOWN_CLASSES:
            shown.append(self._confusion())
        return Group(*shown)

    def _classes(self) -> Table:
        table = Table("class", "texts", "said", "precision", "recall", "F1")
        for column in table.columns[1:]:
            column.justify = "right"
        for one in self.classes:
            numbers = (f"{value:.3f}" for value in (one.precision, one.recall, one.f1))
            table.add_row(_plain(one.label), f"{one.examples:,}", f"{one.predicted:,}", *numbers)
        return table

    def _confusion(self) -> Table:
        table = Table("true \\ said", *(_plain(one.label) for one in self.classes), title="Confusion matrix")
        for column in table.columns[1:]:
            column.justify = "right"
        for row, one in enumerate(self.classes):
            cells = [f"{count:,}" if count else "·" for count in self.confusion[row].tolist()]
            cells[row] = f"[bold]{cells[row]}[/bold]"
            table.add_row(_plain(one.label), *cells)
        return table


def _plain(label: str) -> str:
    # Square brackets of a label must not be read as markup.
    return label.replace("[", r"\[")


def decisions(
    probabilities_NC: NDArray[np.float64], thresholds_C: NDArray[np.float64] | None = None
) -> NDArray[np.bool_]:
    """What is said (N, C): the likeliest class of each text, or with thresholds every class that reaches its own."""
    if thresholds_C is not None:
        return np.asarray(probabilities_NC >= thresholds_C, np.bool_)
    says_NC = np.zeros(probabilities_NC.shape, np.bool_)
    says_NC[np.arange(len(says_NC)), probabilities_NC.argmax(axis=1)] = True
    return says_NC


def evaluate_classification(
    labels: Sequence[str],
    truth_NC: NDArray[np.bool_],
    probabilities_NC: NDArray[np.float64],
    *,
    thresholds_C: NDArray[np.float64] | None = None,
    unsure_below: float = 0.0,
) -> ClassificationResult:
    """Compare what is true (N, C) with probabilities (N, C). With `thresholds_C` a text may have several classes."""
    multi_label = thresholds_C is not None
    says_NC = decisions(probabilities_NC, thresholds_C)
    right_N = (says_NC == truth_NC).all(axis=1)
    sure_N = probabilities_NC.max(axis=1)
    keeps_N = sure_N >= unsure_below
    # A probability of 0 for what is true would make the mean infinite.
    chances_NC = np.clip(probabilities_NC, 1e-12, 1 - 1e-12)
    if multi_label:
        losses_N = -np.log(np.where(truth_NC, chances_NC, 1 - chances_NC)).sum(axis=1)
        curve = reliability(probabilities_NC.ravel(), truth_NC.ravel())
    else:
        losses_N = -np.log(chances_NC[truth_NC])
        curve = reliability(sure_N, right_N)
    classes = tuple(
        ClassScore(
            label=label,
            examples=int(truth_NC[:, c].sum()),
            predicted=int(says_NC[:, c].sum()),
            hits=int((truth_NC[:, c] & says_NC[:, c]).sum()),
        )
        for c, label in enumerate(labels)
    )
    return ClassificationResult(
        examples=len(truth_NC),
        multi_label=multi_label,
        accuracy=float(right_N.mean()),
        classes=classes,
        log_loss=float(losses_N.mean()),
        confusion=_confusion(truth_NC, says_NC, multi_label=multi_label),
        reliability=curve,
        unsure=int((~keeps_N).sum()),
        accuracy_sure=float(right_N[keeps_N].mean()) if keeps_N.any() else None,
    )


def _confusion(truth_NC: NDArray[np.bool_], says_NC: NDArray[np.bool_], *, multi_label: bool) -> NDArray[np.int64]:
    if not multi_label:
        return truth_NC.T.astype(np.int64) @ says_NC.astype(np.int64)
    kinds = [[(~truth_NC & ~says_NC), (~truth_NC & says_NC)], [(truth_NC & ~says_NC), (truth_NC & says_NC)]]
    return np.array([[kind.sum(axis=0) for kind in row] for row in kinds], np.int64).transpose(2, 0, 1)
