"""Distillation: a student's vectors should be the teacher's.

Legend: N texts, D vector length.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import mse_loss


def distillation_loss(student_ND: Tensor, teacher_ND: Tensor) -> Tensor:
    """The mean squared distance between the numbers of the student's vectors and the teacher's, one number.

    Formula: `mean_n,d (s_nd - t_nd)²`.
    Shapes: student, teacher (N, D).
    Source: Reimers and Gurevych 2020 (arXiv 2004.09813), section 3.
    When: a smaller or faster encoder should take the place of a good one; any texts will do, no labels are needed.
    """
    return mse_loss(student_ND, teacher_ND)
