"""Triplets: nearer to the text that belongs than to the one that does not.

Legend: N triplets, D vector length.
"""

from __future__ import annotations

import torch
from torch import Tensor


def triplet_loss(anchors_ND: Tensor, positives_ND: Tensor, negatives_ND: Tensor, margin: float = 1.0) -> Tensor:
    """How far the positive is from being nearer than the negative by `margin`, in the mean, one number.

    Formula: `mean_n max(|a_n - p_n| - |a_n - m_n| + margin, 0)` with Euclidean lengths and m_n the negative.
    Shapes: anchors, positives, negatives (N, D).
    Source: Reimers and Gurevych 2019 (arXiv 1908.10084), section 3, margin 1; Schroff et al. 2015 (arXiv 1503.03832).
    When: each example says which of two texts is nearer, and no other text of the batch may be taken for a negative.
    """
    near_N = torch.linalg.vector_norm(anchors_ND - positives_ND, dim=1)
    far_N = torch.linalg.vector_norm(anchors_ND - negatives_ND, dim=1)
    loss: Tensor = (near_N - far_N + margin).clamp_min(0).mean()
    return loss
