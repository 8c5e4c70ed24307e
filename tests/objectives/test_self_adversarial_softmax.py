from __future__ import annotations

import math

import pytest
import torch

from aisle.objectives.in_batch import in_batch_loss
from aisle.objectives.self_adversarial_softmax import self_adversarial_softmax_loss


def test_the_loss_by_hand() -> None:
    anchors_ND = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    candidates_MD = torch.tensor([[1.0, 0.0], [3.0, 4.0], [4.0, 3.0]])
    # Cosines: 1, 0.6, 0.8 for the first anchor; 0, 0.8, 0.6 for the second, whose own is the second.
    first, second = (math.exp(x * 5) for x in (0.6, 0.8))
    weights = [2 * first / (first + second), 2 * second / (first + second)]
    one = math.log(1 + weights[0] * math.exp(4 * (0.6 - 1)) + weights[1] * math.exp(4 * (0.8 - 1)))
    first, second = (math.exp(x * 5) for x in (0.0, 0.6))
    weights = [2 * first / (first + second), 2 * second / (first + second)]
    two = math.log(1 + weights[0] * math.exp(4 * (0.0 - 0.8)) + weights[1] * math.exp(4 * (0.6 - 0.8)))
    found = self_adversarial_softmax_loss(anchors_ND, candidates_MD, scale=4, alpha=5)
    assert found.item() == pytest.approx((one + two) / 2, rel=1e-5)


def test_without_alpha_it_is_vanilla_with_the_same_gradient() -> None:
    torch.manual_seed(0)
    anchors_ND = torch.randn(5, 8, dtype=torch.float64, requires_grad=True)
    candidates_MD = torch.randn(7, 8, dtype=torch.float64, requires_grad=True)
    left_out_NM = torch.rand(5, 7) < 0.3
    ours = self_adversarial_softmax_loss(anchors_ND, candidates_MD, alpha=0, left_out_NM=left_out_NM)
    vanilla = in_batch_loss(anchors_ND, candidates_MD, left_out_NM=left_out_NM)
    torch.testing.assert_close(ours, vanilla, rtol=0, atol=1e-12)
    inputs = (anchors_ND, candidates_MD)
    for a, b in zip(torch.autograd.grad(ours, inputs), torch.autograd.grad(vanilla, inputs), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_a_hard_negative_counts_more_with_alpha() -> None:
    anchors_ND = torch.eye(2, 3, dtype=torch.float64)
    candidates_MD = torch.cat([anchors_ND, torch.tensor([[0.9, 0.0, math.sqrt(0.19)]])]).requires_grad_()
    pushes = []
    for alpha in (0, 2, 10):
        loss = self_adversarial_softmax_loss(anchors_ND, candidates_MD, scale=5, alpha=alpha)
        (gradient_MD,) = torch.autograd.grad(loss, candidates_MD)
        pushes.append(gradient_MD[2].norm().item())
    assert pushes == sorted(pushes)
    assert pushes[0] < pushes[-1]


def test_anchors_without_any_negative_lose_nothing() -> None:
    anchors_ND = torch.randn(2, 4, requires_grad=True)
    nothing_counts = torch.ones(2, 2, dtype=torch.bool)
    loss = self_adversarial_softmax_loss(anchors_ND, torch.randn(2, 4), left_out_NM=nothing_counts)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert anchors_ND.grad is not None
    assert torch.isfinite(anchors_ND.grad).all()
