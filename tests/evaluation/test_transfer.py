from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from aisle.errors import UserError
from aisle.evaluation.examples import Examples
from aisle.evaluation.folds import stratified_folds
from aisle.evaluation.transfer import TransferResult, TransferSettings, evaluate_folds, evaluate_test_set

QUICK = TransferSettings(folds=3, inner_folds=3, strengths=(0.1, 1.0, 10.0))


def embed(texts: Sequence[str]) -> NDArray[np.float64]:
    """A text is the numbers it spells out."""
    return np.array([[float(number) for number in text.split()] for text in texts])


def drawn(rows: int, *, classes: int = 2, seed: int = 0, noise: float = 2.0) -> Examples:
    random = np.random.default_rng(seed)
    x_ND = random.normal(size=(rows, 4))
    scores_NK = x_ND @ np.eye(4)[:, :classes] + noise * random.normal(size=(rows, classes))
    return Examples(
        labels=tuple(str(label) for label in scores_NK.argmax(axis=1)),
        texts=tuple(" ".join(f"{number:.6f}" for number in row) for row in x_ND),
    )


def separable(rows: int) -> Examples:
    return Examples(
        labels=tuple("ab"[row % 2] for row in range(rows)),
        texts=tuple(f"{(-1) ** row} {row * 0.001:.3f}" for row in range(rows)),
    )


def printed(result: TransferResult) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(result)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_what_a_line_can_split_is_split_without_error() -> None:
    result = evaluate_folds(embed, separable(30), settings=QUICK)
    assert result.as_dict()["accuracy"] == 100
    assert result.as_dict()["folds"] == 3
    assert result.as_dict()["fold_accuracies"] == [100, 100, 100]
    assert result.as_dict()["examples"] == 30
    # All strengths are right everywhere, so the strongest regularisation is kept.
    assert result.as_dict()["chosen_c"] == [0.1, 0.1, 0.1]


def nested_with_scikit_learn(data: Examples, settings: TransferSettings) -> list[float]:
    """The same protocol over the same folds, one scikit-learn fit after the other."""
    x_ND, y_N = embed(data.texts), np.array(data.labels)

    def right(train: NDArray[Any], test: NDArray[Any], x: NDArray[Any], y: NDArray[Any], strength: float) -> int:
        model = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000).fit(x[train], y[train])
        return int((model.predict(x[test]) == y[test]).sum())

    accuracies = []
    folds_N = stratified_folds(y_N, settings.folds, seed=settings.seed)
    for fold in range(settings.folds):
        x, y = x_ND[folds_N != fold], y_N[folds_N != fold]
        inner_N = stratified_folds(y, settings.inner_folds, seed=settings.seed + 1)
        scores = [
            sum(right(inner_N != part, inner_N == part, x, y, strength) for part in range(settings.inner_folds))
            for strength in settings.strengths
        ]
        best = settings.strengths[int(np.argmax(scores))]
        accuracies.append(100 * right(folds_N != fold, folds_N == fold, x_ND, y_N, best) / (folds_N == fold).sum())
    return accuracies


@pytest.mark.parametrize("classes", [2, 3])
def test_nested_folds_agree_with_scikit_learn(classes: int) -> None:
    data = drawn(120, classes=classes)
    tight = TransferSettings(folds=3, inner_folds=3, strengths=(0.1, 1.0, 10.0), tolerance=1e-8)
    result = evaluate_folds(embed, data, settings=tight)
    assert result.fold_accuracies == pytest.approx(nested_with_scikit_learn(data, tight), abs=1e-4)


def test_the_test_set_is_scored_by_a_classifier_of_the_training_set() -> None:
    train, test = drawn(150), drawn(60, seed=1)
    result = evaluate_test_set(embed, train, test, settings=QUICK)
    oracle = LogisticRegression(C=result.chosen[0], tol=1e-10, max_iter=10_000)
    oracle.fit(embed(train.texts), np.array(train.labels))
    expected = 100 * oracle.score(embed(test.texts), np.array(test.labels))
    assert result.as_dict()["accuracy"] == pytest.approx(expected)
    assert result.as_dict()["folds"] == 1
    assert result.as_dict()["protocol"] == "train/test, inner 3-fold"


def test_dev_rows_choose_and_do_not_train() -> None:
    train, dev, test = drawn(150), drawn(60, seed=1), drawn(60, seed=2)
    result = evaluate_test_set(embed, train, test, dev=dev, settings=QUICK)
    scores = []
    for strength in QUICK.strengths:
        oracle = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000)
        oracle.fit(embed(train.texts), np.array(train.labels))
        scores.append(oracle.score(embed(dev.texts), np.array(dev.labels)))
    assert result.chosen == (QUICK.strengths[int(np.argmax(scores))],)
    assert result.protocol == "train/dev/test"


def test_f1_of_pairs_by_hand() -> None:
    def apart(near: bool) -> tuple[str, str]:
        return ("0 0", "0 0") if near else ("0 0", "2 2")

    def pairs(near: Sequence[bool], labels: str) -> Examples:
        both = [apart(one) for one in near]
        return Examples(
            labels=tuple(labels), texts=tuple(one for one, _ in both), partners=tuple(two for _, two in both)
        )

    train = pairs([True, False] * 6, "10" * 6)
    # Said 1, 1, 1, 0 where 1, 0, 1, 1 is right: 2 hits, 1 false, 1 missed.
    result = evaluate_test_set(embed, train, pairs([True, True, True, False], "1011"), settings=QUICK)
    assert result.as_dict()["accuracy"] == 50
    assert result.as_dict()["f1"] == pytest.approx(100 * 4 / 6)
    assert "F1 of class 1" in printed(result)


def test_single_texts_have_no_f1() -> None:
    assert "f1" not in evaluate_folds(embed, separable(30), settings=QUICK).as_dict()


def test_results_are_the_same_every_time_and_plain_json() -> None:
    first, second = (evaluate_folds(embed, drawn(60), settings=QUICK) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(first.as_dict(), allow_nan=False)) == first.as_dict()


def test_the_table_shows_every_fold_and_their_mean() -> None:
    shown = printed(evaluate_folds(embed, separable(30), settings=QUICK))
    for text in ("3-fold, inner 3-fold", "fold 1", "fold 3", "mean", "100.00"):
        assert text in shown


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (separable(2), separable(4), "--data has 2 rows in 2 classes; give at least 3 rows"),
        (Examples(labels=("a",) * 9, texts=("1",) * 9), separable(4), "1 classes"),
        (separable(12), Examples(labels=("c",), texts=("1 1",)), "--test has labels that --data lacks: c"),
        (separable(12), Examples(labels=(), texts=()), "--test has no rows"),
        (separable(12), Examples(labels=("a",), texts=("1 1",), partners=("1 1",)), "mix single texts with pairs"),
    ],
)
def test_unusable_sets_are_explained(train: Examples, test: Examples, message: str) -> None:
    with pytest.raises(UserError, match=message):
        evaluate_test_set(embed, train, test, settings=QUICK)
