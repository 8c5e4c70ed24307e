from __future__ import annotations

import pytest
import torch

from aisle.training.dropout import dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_share_is_dropped_and_the_mean_stays(rate: float) -> None:
    torch.manual_seed(0)
    dropped = dropout(torch.ones(500, 401), rate, True)
    assert (dropped == 0).float().mean().item() == pytest.approx(rate, abs=0.005)
    assert dropped.unique().tolist() == pytest.approx([0, 1 / (1 - rate)], rel=1e-4)
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)


def test_neighbours_are_dropped_apart_from_each_other() -> None:
    torch.manual_seed(0)
    kept = (dropout(torch.ones(200_001), 0.5, True) > 0).float() - 0.5
    for distance in range(1, 9):
        assert abs((kept[distance:] * kept[:-distance]).mean().item()) < 0.002


def test_the_gradient_goes_where_the_numbers_went() -> None:
    x = torch.randn(30, 7, requires_grad=True)
    dropped = dropout(x, 0.3, True)
    (gradient,) = torch.autograd.grad(dropped.sum(), x)
    torch.testing.assert_close(gradient * x, dropped)


def test_outside_training_nothing_is_dropped() -> None:
    x = torch.randn(4)
    assert dropout(x, 0.3, False) is x
    assert dropout(x, 0.0, True) is x
