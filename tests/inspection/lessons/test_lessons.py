"""The lecture's exercises come out as they were worked by hand, with the package's own functions."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.inspection.lessons.contents import LESSONS, contents, worked
from aisle.model.feed_forward import activation


def step(lesson: dict[str, Any], title: str) -> np.ndarray:
    return np.array(next(one["values"] for one in lesson["steps"] if one["title"] == title))


def test_exercise_1_the_input_of_machines_is_0_and_8() -> None:
    total = step(worked("input", {}), "Token + position + segment")
    assert total.tolist() == [[3, 5], [0, 8]]


def test_exercise_2_thinking_becomes_a_tenth_and_2_3() -> None:
    assert step(worked("weighted-sum", {}), "The weighted sum") == pytest.approx(np.array([[0.1, 2.3], [-0.8, 2.6]]))


def test_exercise_3_token_2_looks_at_itself() -> None:
    lesson = worked("self-attention", {})
    assert step(lesson, "Queries").tolist() == [[9, 7, -12], [-33, -1, 30]]
    assert step(lesson, "Keys").tolist() == [[15, 5, 16], [-31, 15, -14]]
    assert step(lesson, "Values").tolist() == [[2, -10, 13], [-6, 10, -33]]
    assert step(lesson, "Every query with every key").tolist() == [[-22, -6], [-20, 588]]
    assert step(lesson, "Scores")[1] == pytest.approx([-11.547, 339.482], abs=1e-3)
    weights = step(lesson, "Weights")
    assert weights[0] == pytest.approx([9.73e-05, 0.999903], rel=1e-3)
    assert weights[1, 0] == pytest.approx(3.55e-153, rel=1e-2)
    assert weights.sum(1) == pytest.approx(1)
    unscaled = step(lesson, "Weights without the division")
    assert unscaled[1, 0] == pytest.approx(8.9e-265, rel=1e-2)
    assert unscaled[0, 0] == pytest.approx(1.13e-07, rel=1e-2)
    summed = step(lesson, "The weighted sum")
    assert summed[0] == pytest.approx([-5.9992, 9.9981, -32.9955], abs=1e-4)
    assert summed[1] == pytest.approx([-6, 10, -33])


def test_exercise_5_768_768_and_15360() -> None:
    lesson = worked("dimensions", {})
    assert step(lesson, "What comes out")[:, 0].tolist() == [768, 768, 15360]
    assert step(lesson, "Inside BERT-Base")[:, 0].tolist() == [12, 12, 64, 3072]
    assert step(worked("dimensions", {"tokens": [[22]]}), "What comes out")[2, 0] == 16896


def test_exercise_6_pooling_leaves_one_vector_and_padding_out() -> None:
    lesson = worked("pooling", {})
    assert step(lesson, "One vector for the text")[0] == pytest.approx([0.35, 0.3, 0.15])
    assert step(lesson, "The same, if the last two were padding")[1] == pytest.approx([0.9, 0.8, 0.1])


def test_gelu_of_1() -> None:
    assert activation("gelu")(torch.tensor(1.0)).item() == pytest.approx(0.841345, abs=1e-6)


def test_positions_far_apart_are_told_by_their_distance_alone() -> None:
    alike = step(worked("positions", {}), "How alike two positions are")
    assert alike[0, 5] == pytest.approx(alike[7, 12], abs=1e-4)


def test_masking_keeps_its_shares_and_its_draw() -> None:
    first, again, other = (worked("masking", {"seed": [[seed]]}) for seed in (3, 3, 4))
    assert first == again
    assert first["steps"] != other["steps"]
    shares = step(first, "What became of the chosen tokens in 4,000 draws")[0]
    assert shares.sum() == pytest.approx(100)
    assert shares[0] == pytest.approx(80, abs=1.5)


def test_the_siamese_step_puts_u_v_and_their_distance_side_by_side() -> None:
    lesson = worked("siamese", {"u": [[1, 0, 2]], "v": [[1, 3, -2]]})
    joined = step(lesson, "For labels: both vectors and their distance, side by side")
    assert joined.tolist() == [[1, 0, 2, 1, 3, -2, 0, 3, 4]]


def test_with_alpha_0_both_losses_are_one() -> None:
    plain, adversarial = step(worked("in-batch-negatives", {"alpha": [[0]]}), "The loss")[0]
    assert adversarial == pytest.approx(plain)
    plain, adversarial = step(worked("in-batch-negatives", {"alpha": [[9]]}), "The loss")[0]
    assert adversarial > plain


def test_impossible_cosines_are_refused_with_the_row() -> None:
    with pytest.raises(UserError, match="row 2"):
        worked("in-batch-negatives", {"cosines": [[0, 0, 0], [1, 1, 1], [0, 0, 0]]})


def test_families_count_the_published_weights() -> None:
    lesson = worked("families", {})
    # BART's published 139,420,416 count two rows of each position table that no position ever takes.
    assert step(lesson, "The same blocks, put together in three ways")[:, 0].tolist() == [
        109_482_240,
        124_439_808,
        139_420_416 - 2 * 2 * 768,
    ]
    with pytest.raises(UserError, match="heads"):
        worked("families", {"heads": [[7]]})


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_lesson_is_json_with_names_that_fit_its_numbers(lesson: Any) -> None:
    written = json.loads(json.dumps(worked(lesson.name, {}), allow_nan=False))
    for one in written["inputs"] + written["steps"]:
        assert len(one["rows"]) in (0, len(one["values"]))
        assert len(one["columns"]) in (0, len(one["values"][0]))
    if lesson.question is not None:
        assert 0 <= lesson.question.right < len(lesson.question.options)


def test_the_contents_name_every_lesson_once() -> None:
    names = [entry["name"] for entry in contents()]
    assert len(set(names)) == len(names) == 10


@pytest.mark.parametrize(
    "given",
    [
        {"nothing": [[1]]},
        {"tokens": [[1, 2]]},
        {"tokens": []},
        {"tokens": "x"},
        {"tokens": [["1"]]},
        {"tokens": [[True]]},
        {"tokens": [[None]]},
        {"tokens": [[float("nan")]]},
        {"tokens": [[0]]},
        {"tokens": [[513]]},
        {"tokens": {"a": 1}},
    ],
)
def test_inputs_that_do_not_fit_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        worked("dimensions", given)


def test_a_lesson_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UserError, match="self-attention"):
        worked("astrology", {})
