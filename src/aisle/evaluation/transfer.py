"""Transfer: how much a linear classifier reads out of frozen vectors, by the SentEval protocol (arXiv 1803.05449).

A logistic regression is trained on the vectors. How strongly it is regularised is chosen on the training rows alone, by
an inner cross-validation or on a given dev set, so that no test row has a say. Data sets without a test part (MR,
SUBJ) are tested by an outer 10-fold cross-validation; the others (SST-2, TREC, MRPC) on their test part.

Letters: N rows, F features, P fits side by side (inner folds x strengths).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from aisle.errors import UserError
from aisle.evaluation.examples import Examples, features
from aisle.evaluation.folds import stratified_folds
from aisle.evaluation.logistic import LogisticFit, fit_logistic
from aisle.evaluation.result import Embed, shown


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferSettings:
    """How the classifier is chosen and tested."""

    folds: int = 10
    """Outer folds where there is no test set."""

    inner_folds: int = 10
    """Folds of the training rows on which the regularisation is chosen where there is no dev set."""

    strengths: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
    """The values of C to choose from, weakest classifier first. SentEval's own, for its scikit-learn classifier."""

    seed: int = 0
    """Decides which row falls into which fold, and nothing else."""

    tolerance: float = 1e-4
    """Largest entry of the gradient of the mean loss at which a fit is done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferResult:
    """Accuracy on rows that neither the classifier nor its regularisation had seen."""

    protocol: str
    """Such as "10-fold, inner 10-fold", "train/test, inner 10-fold" or "train/dev/test"."""

    fold_accuracies: tuple[float, ...]
    """Accuracy (x100) on each tested part: one a fold, or the test set's alone."""

    chosen: tuple[float, ...]
    """The C chosen for each tested part."""

    examples: int
    """Tested rows."""

    classes: tuple[str, ...]

    f1: float | None = None
    """F1 (x100) of the last class in sorted order ("1" of "0" and "1"), for pairs with two classes, as for MRPC."""

    @property
    def accuracy(self) -> float:
        """The mean over the tested parts (x100)."""
        return float(np.mean(self.fold_accuracies))

    def as_dict(self) -> dict[str, Any]:
        numbers: dict[str, Any] = {
            "accuracy": self.accuracy,
            "folds": len(self.fold_accuracies),
            "fold_accuracies": list(self.fold_accuracies),
            "chosen_c": list(self.chosen),
            "examples": self.examples,
            "classes": list(self.classes),
            "protocol": self.protocol,
        }
        if self.f1 is not None:
            numbers["f1"] = self.f1
        return numbers

    def __rich__(self) -> Table:
        table = Table("tested part", "accuracy", "C", title=f"Transfer, {self.protocol} ({self.examples:,} rows)")
        for column in table.columns[1:]:
            column.justify = "right"
        if len(self.fold_accuracies) > 1:
            for fold, (accuracy, strength) in enumerate(zip(self.fold_accuracies, self.chosen, strict=True), 1):
                table.add_row(f"fold {fold}", shown(accuracy), f"{strength:g}")
            table.add_section()
            table.add_row("mean", shown(self.accuracy), "", style="bold")
        else:
            table.add_row("test", shown(self.accuracy), f"{self.chosen[0]:g}", style="bold")
        if self.f1 is not None:
            table.add_row(f"F1 of class {self.classes[-1]}", shown(self.f1), "")
        return table


def evaluate_folds(embed: Embed, data: Examples, *, settings: TransferSettings | None = None) -> TransferResult:
    """Nested cross-validation: each outer fold is tested by a classifier chosen and trained on the other folds."""
    settings = settings or TransferSettings()
    labels_N, x_NF = _ready(embed, data, rows_needed=settings.folds, what="--data")
    folds_N = stratified_folds(labels_N, settings.folds, seed=settings.seed)
    predicted_N = np.empty_like(labels_N)
    chosen = []
    for fold in range(settings.folds):
        train_N = folds_N != fold
        strength = _choose_by_folds(x_NF[train_N], labels_N[train_N], settings)
        fit = fit_logistic(x_NF[train_N], labels_N[train_N], [strength], tolerance=settings.tolerance)
        predicted_N[~train_N] = _converged(fit).predict(x_NF[~train_N])[0]
        chosen.append(strength)
    right_N = predicted_N == labels_N
    return TransferResult(
        protocol=f"{settings.folds}-fold, inner {settings.inner_folds}-fold",
        fold_accuracies=tuple(float(100 * right_N[folds_N == fold].mean()) for fold in range(settings.folds)),
        chosen=tuple(chosen),
        examples=len(data),
        classes=tuple(np.unique(labels_N).tolist()),
        f1=_f1(labels_N, predicted_N, data),
    )


def evaluate_test_set(
    embed: Embed,
    train: Examples,
    test: Examples,
    *,
    dev: Examples | None = None,
    settings: TransferSettings | None = None,
) -> TransferResult:
    """Train on one set, test on another; the regularisation is chosen on `dev`, or by folds of the training rows.

    As in SentEval, dev rows choose and do not train.
    """
    settings = settings or TransferSettings()
    labels_N, x_NF = _ready(embed, train, rows_needed=2 if dev else settings.inner_folds, what="--data")
    known = set(train.labels)
    for part, name in ((dev, "--dev"), (test, "--test")):
        if part is not None:
            _check_part(part, train, known, name)
    if dev is None:
        protocol = f"train/test, inner {settings.inner_folds}-fold"
        strength = _choose_by_folds(x_NF, labels_N, settings)
    else:
        protocol = "train/dev/test"
        strength = _choose_on_dev(x_NF, labels_N, features(embed, dev), np.array(dev.labels), settings)
    fit = fit_logistic(x_NF, labels_N, [strength], tolerance=settings.tolerance)
    expected_N = np.array(test.labels)
    predicted_N = _converged(fit).predict(features(embed, test))[0]
    return TransferResult(
        protocol=protocol,
        fold_accuracies=(float(100 * (predicted_N == expected_N).mean()),),
        chosen=(strength,),
        examples=len(test),
        classes=tuple(fit.classes.tolist()),
        f1=_f1(expected_N, predicted_N, test),
    )


def _choose_by_folds(x_NF: NDArray[Any], labels_N: NDArray[Any], settings: TransferSettings) -> float:
    """The C with the best accuracy over the inner folds; of equally good ones the smallest."""
    # The outer folds used the seed itself; another one keeps inner folds from lining up with them.
    folds_N = stratified_folds(labels_N, settings.inner_folds, seed=settings.seed + 1)
    tested_PN = np.repeat(np.arange(settings.inner_folds)[:, None] == folds_N, len(settings.strengths), axis=0)
    strengths_P = np.tile(settings.strengths, settings.inner_folds)
    fit = fit_logistic(x_NF, labels_N, strengths_P, rows_PN=~tested_PN, tolerance=settings.tolerance)
    right_PN = (_converged(fit).predict(x_NF) == labels_N) & tested_PN
    right = right_PN.sum(axis=1).reshape(settings.inner_folds, -1).sum(axis=0)
    return settings.strengths[int(right.argmax())]


def _choose_on_dev(
    x_NF: NDArray[Any],
    labels_N: NDArray[Any],
    dev_x: NDArray[Any],
    dev_labels: NDArray[Any],
    settings: TransferSettings,
) -> float:
    fit = fit_logistic(x_NF, labels_N, settings.strengths, tolerance=settings.tolerance)
    right = (_converged(fit).predict(dev_x) == dev_labels).sum(axis=1)
    return settings.strengths[int(right.argmax())]


def _ready(embed: Embed, data: Examples, *, rows_needed: int, what: str) -> tuple[NDArray[Any], NDArray[Any]]:
    if len(data) < rows_needed or len(set(data.labels)) < 2:
        raise UserError(
            f"{what} has {len(data)} rows in {len(set(data.labels))} classes; "
            f"give at least {rows_needed} rows and two classes"
        )
    return np.array(data.labels), features(embed, data)


def _check_part(part: Examples, train: Examples, known: set[str], name: str) -> None:
    if not len(part):
        raise UserError(f"{name} has no rows; give at least one")
    if bool(part.partners) != bool(train.partners):
        raise UserError(f"{name} and --data mix single texts with pairs; both must be of one kind")
    if unknown := sorted(set(part.labels) - known):
        raise UserError(f"{name} has labels that --data lacks: {', '.join(unknown)}; all labels must be trained on")


def _converged(fit: LogisticFit) -> LogisticFit:
    if not fit.converged:
        raise UserError(
            f"the classifier did not converge in {fit.steps} steps; scale the vectors down or give smaller strengths"
        )
    return fit


def _f1(expected_N: NDArray[Any], predicted_N: NDArray[Any], data: Examples) -> float | None:
    classes = np.unique(expected_N)
    if not data.partners or len(classes) != 2:
        return None
    is_N, said_N = expected_N == classes[-1], predicted_N == classes[-1]
    return float(200 * (is_N & said_N).sum() / (is_N.sum() + said_N.sum()))
