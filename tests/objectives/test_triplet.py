from __future__ import annotations

import pytest
import torch

from aisle.objectives.triplet import triplet_loss


def test_the_loss_by_hand() -> None:
    anchors_ND = torch.zeros(3, 2)
    positives_ND = torch.tensor([[3.0, 4.0], [0.0, 1.0], [1.0, 0.0]])  # 5, 1 and 1 away
    negatives_ND = torch.tensor([[0.0, 2.0], [6.0, 8.0], [0.0, 1.5]])  # 2, 10 and 1.5 away
    # 5 - 2 + 1, nothing (far beyond the margin), 1 - 1.5 + 1.
    assert triplet_loss(anchors_ND, positives_ND, negatives_ND).item() == pytest.approx((4 + 0 + 0.5) / 3)
    assert triplet_loss(anchors_ND, positives_ND, negatives_ND, margin=0).item() == pytest.approx(1)


def test_equal_texts_have_a_finite_gradient() -> None:
    anchors_ND = torch.ones(1, 4, requires_grad=True)
    triplet_loss(anchors_ND, anchors_ND, anchors_ND * 2).backward()
    assert anchors_ND.grad is not None
    assert anchors_ND.grad.isfinite().all()
