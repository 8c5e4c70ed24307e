from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from aisle.objectives.self_adversarial_sigmoid import self_adversarial_sigmoid_loss


def test_the_loss_by_hand() -> None:
    anchors_ND = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    candidates_MD = torch.tensor([[1.0, 0.0], [3.0, 4.0], [4.0, 3.0]])

    # Cosines: 1, 0.6, 0.8 for the first anchor; 0, 0.8, 0.6 for the second. scale 4, bias 2: z = 4 c - 2.
    def softplus(z: float) -> float:
        return math.log(1 + math.exp(z))

    hard, harder = math.exp(5 * 0.6), math.exp(5 * 0.8)
    one = softplus(-2) + 0.5 * (hard * softplus(0.4) + harder * softplus(1.2)) / (hard + harder)
    hard, harder = math.exp(0), math.exp(5 * 0.6)
    two = softplus(-1.2) + 0.5 * (hard * softplus(-2) + harder * softplus(0.4)) / (hard + harder)
    found = self_adversarial_sigmoid_loss(anchors_ND, candidates_MD, scale=4, alpha=5, bias=2, share=0.5)
    assert found.item() == pytest.approx((one + two) / 2, rel=1e-5)


def test_without_alpha_it_is_the_unweighted_loss() -> None:
    torch.manual_seed(0)
    anchors_ND = torch.randn(4, 8, requires_grad=True)
    candidates_MD = torch.randn(6, 8, requires_grad=True)
    normal = torch.nn.functional.normalize
    scores_NM = normal(anchors_ND, dim=1) @ normal(candidates_MD, dim=1).T * 20 - 10
    other_NM = ~torch.eye(4, 6, dtype=torch.bool)
    right = binary_cross_entropy_with_logits(scores_NM.diagonal(), torch.ones(4))
    wrong = binary_cross_entropy_with_logits(scores_NM[other_NM], torch.zeros(4 * 5))
    ours = self_adversarial_sigmoid_loss(anchors_ND, candidates_MD, alpha=0)
    torch.testing.assert_close(ours, right + wrong)
    inputs = (anchors_ND, candidates_MD)
    for a, b in zip(torch.autograd.grad(ours, inputs), torch.autograd.grad(right + wrong, inputs), strict=True):
        torch.testing.assert_close(a, b)


def test_what_is_left_out_has_no_gradient() -> None:
    anchors_ND, candidates_MD = torch.randn(2, 4), torch.randn(3, 4, requires_grad=True)
    left_out_NM = torch.tensor([[False, False, True], [False, False, True]])
    loss = self_adversarial_sigmoid_loss(anchors_ND, candidates_MD, left_out_NM=left_out_NM)
    (gradient_MD,) = torch.autograd.grad(loss, candidates_MD)
    assert gradient_MD[2].abs().max() == 0
    assert gradient_MD[:2].abs().min() > 0
