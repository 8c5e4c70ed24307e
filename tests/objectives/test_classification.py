from __future__ import annotations

import math

import pytest
import torch

from aisle.objectives.classification import classification_loss, multi_label_loss

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 0.5]])


def test_cross_entropy_by_hand() -> None:
    first = math.log(math.exp(2) + 1 + math.exp(-1)) - 2
    assert classification_loss(LOGITS, torch.tensor([0, 1])).item() == pytest.approx((first + math.log(3)) / 2)


def test_weights_scale_each_text_and_the_sum_is_over_the_texts() -> None:
    first = math.log(math.exp(2) + 1 + math.exp(-1)) - 2
    weights_C = torch.tensor([3.0, 0.5, 9.0])
    loss = classification_loss(LOGITS, torch.tensor([0, 1]), weights_C=weights_C)
    assert loss.item() == pytest.approx((3 * first + 0.5 * math.log(3)) / 2)


def test_smoothing_spreads_the_truth_over_all_classes() -> None:
    chances_C = LOGITS[0].log_softmax(0).tolist()
    expected = -(0.8 * chances_C[0] + 0.1 * chances_C[1] + 0.1 * chances_C[2])
    loss = classification_loss(LOGITS[:1], torch.tensor([0]), smoothing=0.3)
    assert loss.item() == pytest.approx(expected)


def test_several_classes_are_as_many_yes_or_no_questions() -> None:
    has_NC = torch.tensor([[1, 0, 0], [1, 1, 0]], dtype=torch.bool)
    sigma = torch.sigmoid(LOGITS).double()
    said = torch.where(has_NC, sigma, 1 - sigma).log()
    assert multi_label_loss(LOGITS, has_NC).item() == pytest.approx(-said.sum().item() / 2, rel=1e-5)
    weights_C = torch.tensor([2.0, 1.0, 7.0])
    weighted = said * torch.where(has_NC, weights_C, 1.0)
    assert multi_label_loss(LOGITS, has_NC, weights_C=weights_C).item() == pytest.approx(
        -weighted.sum().item() / 2, rel=1e-5
    )
    smooth = multi_label_loss(torch.zeros(1, 2), torch.tensor([[True, False]]), smoothing=0.2)
    assert smooth.item() == pytest.approx(2 * math.log(2))


def test_parts_of_a_batch_add_up_to_it() -> None:
    weights_C, classes_N = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([2, 1])
    whole = classification_loss(LOGITS, classes_N, weights_C=weights_C)
    parts = [classification_loss(LOGITS[n : n + 1], classes_N[n : n + 1], weights_C=weights_C) for n in range(2)]
    assert whole.item() == pytest.approx(sum(part.item() for part in parts) / 2)
