"""Self-adversarial negatives, softmax form: a negative weighs as much as the encoder itself takes it for the answer.

Legend: N anchors, M candidates (N positives, then any hard negatives), D vector length.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from aisle.objectives.negatives import adversarial_weights, negatives


def self_adversarial_softmax_loss(
    anchors_ND: Tensor,
    candidates_MD: Tensor,
    *,
    scale: float = 20.0,
    alpha: float = 1.0,
    left_out_NM: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of the own positive among weighted negatives, in the mean over anchors, one number.

    Formula, with c the cosine: `-mean_n log(e^(scale c_nn) / (e^(scale c_nn) + sum_m w_nm e^(scale c_nm)))` over the
    negatives m of n, of which there are K_n; `w_nm = K_n softmax_m(alpha c_nm)` without gradient, 1 in the mean. With
    alpha 0 all weigh 1, and the loss is `in_batch_loss`; the greater alpha, the more the hardest ones count.
    Shapes: as in `in_batch_loss`, `left_out_NM` too.
    Source: the weights are those of RotatE (Sun et al. 2019, arXiv 1902.10197, equation 5), here inside InfoNCE.
    When: most of a batch's negatives are easy, and the hard ones are seldom right answers that nobody marked.
    """
    cosines_NM = normalize(anchors_ND, dim=1) @ normalize(candidates_MD, dim=1).T
    negatives_NM = negatives(cosines_NM, left_out_NM)
    weights_NM = adversarial_weights(cosines_NM, negatives_NM, alpha)
    own_N = torch.arange(len(anchors_ND), device=anchors_ND.device)
    # A weight inside the sum is its logarithm added to the score; what is no negative has weight 0, so minus infinity.
    shift_NM = weights_NM.log().index_put((own_N, own_N), weights_NM.new_tensor(0.0))
    return cross_entropy(cosines_NM * scale + shift_NM, own_N)
