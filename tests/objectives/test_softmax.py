from __future__ import annotations

import math

import pytest
import torch

from aisle.errors import UserError
from aisle.objectives.softmax import CONCATENATIONS, SoftmaxObjective, concatenated

U = torch.tensor([[1.0, 2.0]])
V = torch.tensor([[3.0, -1.0]])
PARTS = {"u": [1.0, 2.0], "v": [3.0, -1.0], "|u-v|": [2.0, 3.0], "u*v": [3.0, -2.0]}


@pytest.mark.parametrize("concatenation", CONCATENATIONS)
def test_each_concatenation_has_its_parts_side_by_side(concatenation: str) -> None:
    names = concatenation.split(",")
    expected = [number for name in names for number in PARTS[name]]
    assert concatenated(U, V, tuple(names)).tolist() == [expected]
    assert SoftmaxObjective(2, 3, concatenation).classifier.weight.shape == (3, 2 * len(names))


def test_the_loss_by_hand() -> None:
    objective = SoftmaxObjective(2, 2, "|u-v|")
    with torch.no_grad():
        objective.classifier.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        objective.classifier.bias.copy_(torch.tensor([0.5, 0.0]))
    # The logits are 2 + 0.5 and 3.
    u_ND, v_ND, labels_N = U.repeat(2, 1), V.repeat(2, 1), torch.tensor([0, 1])
    assert objective.logits(u_ND, v_ND).tolist() == [[2.5, 3.0]] * 2
    first, second = math.log(1 + math.exp(0.5)), math.log(1 + math.exp(-0.5))
    assert objective(u_ND, v_ND, labels_N).item() == pytest.approx((first + second) / 2)


def test_an_unknown_concatenation_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"'u\+v' is not one of these: u,v ; \|u-v\|"):
        SoftmaxObjective(2, 3, "u+v")
