from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rich
from sklearn.metrics import confusion_matrix, f1_score, log_loss, precision_recall_fscore_support

from aisle.errors import UserError
from aisle.evaluation.classification import ClassificationResult, evaluate_classification
from aisle.evaluation.classification_picture import draw_classification

LABELS = ("anger", "fear", "[joy]")


def single(seed: int = 0, examples: int = 200) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    chances_NC = random.dirichlet((1, 1, 1), examples)
    classes_N = np.where(random.random(examples) < 0.6, chances_NC.argmax(axis=1), random.integers(0, 3, examples))
    return np.eye(3, dtype=bool)[classes_N], chances_NC


def several(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.random((200, 3)) < (0.5, 0.2, 0.05), random.random((200, 3)), np.array([0.5, 0.7, 0.9])


def test_one_class_a_text_agrees_with_scikit_learn() -> None:
    truth_NC, chances_NC = single()
    true, said = truth_NC.argmax(axis=1), chances_NC.argmax(axis=1)
    result = evaluate_classification(LABELS, truth_NC, chances_NC)
    assert result.accuracy == result.micro_f1 == pytest.approx((true == said).mean())
    assert result.macro_f1 == pytest.approx(f1_score(true, said, average="macro"))
    assert result.log_loss == pytest.approx(log_loss(true, chances_NC))
    np.testing.assert_array_equal(result.confusion, confusion_matrix(true, said))
    precision, recall, f1, support = precision_recall_fscore_support(true, said)
    for number, one in enumerate(result.classes):
        assert (one.precision, one.recall, one.f1) == pytest.approx((precision[number], recall[number], f1[number]))
        assert one.examples == support[number]


def test_classes_that_are_neither_there_nor_said_do_not_count() -> None:
    truth_NC = np.eye(3, dtype=bool)[[0, 0, 1]]
    chances_NC = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
    result = evaluate_classification(LABELS, truth_NC, chances_NC)
    assert result.macro_f1 == pytest.approx(f1_score([0, 0, 1], [0, 1, 1], average="macro"))


def test_several_classes_a_text_agree_with_scikit_learn() -> None:
    truth_NC, chances_NC, thresholds_C = several()
    said = chances_NC >= thresholds_C
    result = evaluate_classification(LABELS, truth_NC, chances_NC, thresholds_C=thresholds_C)
    assert result.accuracy == pytest.approx((said == truth_NC).all(axis=1).mean())
    assert result.macro_f1 == pytest.approx(f1_score(truth_NC, said, average="macro", zero_division=0))
    assert result.micro_f1 == pytest.approx(f1_score(truth_NC, said, average="micro", zero_division=0))
    for number in range(3):
        np.testing.assert_array_equal(
            result.confusion[number], confusion_matrix(truth_NC[:, number], said[:, number], labels=[False, True])
        )


def test_the_unsure_are_counted_and_the_others_are_more_often_right() -> None:
    truth_NC = np.eye(3, dtype=bool)[[0, 1, 2, 0]]
    chances_NC = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.2, 0.4, 0.4], [0.3, 0.4, 0.3]])
    result = evaluate_classification(LABELS, truth_NC, chances_NC, unsure_below=0.5)
    assert (result.unsure, result.accuracy, result.accuracy_sure) == (2, 0.5, 1.0)
    assert evaluate_classification(LABELS, truth_NC, chances_NC, unsure_below=1).accuracy_sure is None


def printed(result: ClassificationResult) -> str:
    console = rich.console.Console(width=120)
    with console.capture() as capture:
        console.print(result)
    return capture.get()


def test_it_prints_a_table_and_json(tmp_path: Path) -> None:
    result = evaluate_classification(LABELS, *single())
    shown = printed(result)
    assert "Confusion matrix" in shown
    assert "[joy]" in shown
    assert {"accuracy", "macro_f1", "examples", "confusion", "calibration_error"} <= result.as_dict().keys()
    truth_NC, chances_NC, thresholds_C = several()
    assert "all classes of a text right" in printed(
        evaluate_classification(LABELS, truth_NC, chances_NC, thresholds_C=thresholds_C)
    )


def test_pictures_are_drawn_in_the_kind_that_the_name_asks_for(tmp_path: Path) -> None:
    draw_classification(evaluate_classification(LABELS, *single()), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    truth_NC, chances_NC, thresholds_C = several()
    result = evaluate_classification(LABELS, truth_NC, chances_NC, thresholds_C=thresholds_C)
    draw_classification(result, tmp_path / "b.svg")
    assert "macro F1" in (tmp_path / "b.svg").read_text() or "<svg" in (tmp_path / "b.svg").read_text()
    with pytest.raises(UserError, match=r"must end in one of \.png, \.svg, \.pdf"):
        draw_classification(result, tmp_path / "c.gif")
