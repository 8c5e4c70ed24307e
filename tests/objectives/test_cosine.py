from __future__ import annotations

import pytest
import torch

from aisle.objectives.cosine import cosine_regression


def test_the_loss_by_hand() -> None:
    # Cosines 1, 0 and 24/25.
    u_ND = torch.tensor([[2.0, 0.0], [1.0, 1.0], [3.0, 4.0]])
    v_ND = torch.tensor([[5.0, 0.0], [1.0, -1.0], [4.0, 3.0]])
    scores_N = torch.tensor([0.5, 0.2, 1.0])
    expected = (0.5**2 + 0.2**2 + (1 / 25) ** 2) / 3
    assert cosine_regression(u_ND, v_ND, scores_N).item() == pytest.approx(expected, rel=1e-5)


def test_a_gradient_turns_the_vectors_and_does_not_stretch_them() -> None:
    u_ND = torch.tensor([[3.0, 4.0]], requires_grad=True)
    cosine_regression(u_ND, torch.tensor([[1.0, 0.0]]), torch.tensor([1.0])).backward()
    assert u_ND.grad is not None
    assert (u_ND.grad * u_ND.detach()).sum().item() == pytest.approx(0, abs=1e-6)
    assert u_ND.grad.abs().sum() > 0
