from __future__ import annotations

import torch

from aisle.objectives.distillation import distillation_loss


def test_the_loss_by_hand() -> None:
    student_ND = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
    teacher_ND = torch.tensor([[1.0, 4.0], [1.0, 0.0]])
    assert distillation_loss(student_ND, teacher_ND).item() == (4 + 1) / 4
