"""Cosine regression: the cosine of two vectors should be the score that people gave.

Legend: N pairs, D vector length.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cosine_similarity, mse_loss


def cosine_regression(u_ND: Tensor, v_ND: Tensor, scores_N: Tensor) -> Tensor:
    """The mean squared distance between cosine and score, one number.

    Formula: `mean_n (cos(u_n, v_n) - score_n)²`.
    Shapes: u, v (N, D); scores (N,), scaled to 0 for nothing in common and 1 for the same.
    Source: Reimers and Gurevych 2019 (arXiv 1908.10084), section 3, "regression objective function".
    When: pairs with a score of how alike they are, such as the STS benchmark.
    """
    return mse_loss(cosine_similarity(u_ND, v_ND, dim=1), scores_N)
