"""The loss among the symbols that a grammar allows."""

from __future__ import annotations

import math

import pytest
import torch

from aisle.objectives.allowed import allowed_symbol_loss


def test_symbols_that_are_not_allowed_take_no_probability() -> None:
    scores_BTV = torch.tensor([[[0.0, 0.0, -1e4], [1.0, -1e4, 1.0]]])
    told_BT = torch.tensor([[True, True]])
    loss, count = allowed_symbol_loss(scores_BTV, torch.tensor([[1, 2]]), told_BT)
    assert float(loss) == pytest.approx(2 * math.log(2))
    assert count == 2


def test_rows_are_added_up_over_what_is_told_and_averaged() -> None:
    scores_BTV = torch.zeros(2, 3, 4)
    told_BT = torch.tensor([[True, True, True], [True, False, False]])
    loss, count = allowed_symbol_loss(scores_BTV, torch.zeros(2, 3, dtype=torch.long), told_BT)
    assert float(loss) == pytest.approx((3 + 1) / 2 * math.log(4))
    assert count == 4
