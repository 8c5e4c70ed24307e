"""Self-adversarial negatives, sigmoid form: every pair is judged by itself, hard negatives count more.

Legend: N anchors, M candidates (N positives, then any hard negatives), D vector length.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import normalize, softplus

from aisle.objectives.negatives import adversarial_weights, negatives


def self_adversarial_sigmoid_loss(
    anchors_ND: Tensor,
    candidates_MD: Tensor,
    *,
    scale: float = 20.0,
    alpha: float = 1.0,
    bias: float = 10.0,
    share: float = 1.0,
    left_out_NM: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of the own positive plus that of the weighted negatives, in the mean over anchors.

    Formula, with c the cosine and z = scale c - bias: `mean_n (softplus(-z_nn) + share sum_m p_nm softplus(z_nm))`
    over the negatives m of n, `p_nm = softmax_m(alpha c_nm)` without gradient, so that an anchor's weights add up to 1.
    softplus(-z) is -log sigmoid(z), softplus(z) is -log(1 - sigmoid(z)). With alpha 0 all negatives weigh the same.
    Shapes: as in `in_batch_loss`, `left_out_NM` too.
    Source: what is told of Instacart's ITEMS (arXiv 2209.05555 names the method, secondary accounts the sigmoid form);
    scale and share are not published. The bias, the scaled cosine at which a pair is as likely right as wrong, is ours.
    When: a score should mean the same for every query, such as for a threshold under which nothing is shown.
    """
    cosines_NM = normalize(anchors_ND, dim=1) @ normalize(candidates_MD, dim=1).T
    weights_NM = adversarial_weights(cosines_NM, negatives(cosines_NM, left_out_NM), alpha)
    share_NM = weights_NM / weights_NM.sum(dim=1, keepdim=True).clamp_min(1)
    scores_NM = cosines_NM * scale - bias
    loss: Tensor = (softplus(-scores_NM.diagonal()) + share * (share_NM * softplus(scores_NM)).sum(dim=1)).mean()
    return loss
