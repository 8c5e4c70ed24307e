from __future__ import annotations

import pytest
import torch

from aisle.objectives.cosine import cosine_regression
from aisle.objectives.matryoshka import matryoshka_loss


def test_it_is_the_mean_over_the_lengths() -> None:
    u_ND = torch.tensor([[1.0, 0.0, 0.0]])
    v_ND = torch.tensor([[3.0, 4.0, 12.0]])
    scores_N = torch.tensor([0.0])
    loss = matryoshka_loss(lambda u, v: cosine_regression(u, v, scores_N), (1, 2, 3), u_ND, v_ND)
    # Cosines 1, 3/5 and 3/13.
    assert loss.item() == pytest.approx((1 + 0.36 + (3 / 13) ** 2) / 3)
