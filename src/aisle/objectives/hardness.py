"""In-batch negatives with a penalty for hard ones: what sentence-transformers calls `hardness_mode`.

Legend: N anchors, M candidates (N positives, then any hard negatives), D vector length.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from aisle.objectives.negatives import negatives


def hardness_loss(
    anchors_ND: Tensor,
    candidates_MD: Tensor,
    *,
    scale: float = 20.0,
    alpha: float = 9.0,
    left_out_NM: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of the own positive, each negative's score raised by alpha times its cosine, one number.

    Formula, with c the cosine and [.] without gradient: `-mean_n log softmax(scale c_n1 + alpha [c_n1] ...)[n]`, the
    own positive without the rise. With alpha 0 it is `in_batch_loss`. It is the softmax form of self-adversarial
    weights but for their normalisation: here every negative gains, there the weights stay 1 in the mean.
    Shapes: as in `in_batch_loss`, `left_out_NM` too.
    Source: Lan et al. 2025 (LLaVE, arXiv 2503.04812), equation 5; `MultipleNegativesRankingLoss` of
    sentence-transformers with hardness_mode="all_negatives" and hardness_strength=alpha.
    When: as a peer to compare self-adversarial weights with.
    """
    cosines_NM = normalize(anchors_ND, dim=1) @ normalize(candidates_MD, dim=1).T
    negatives_NM = negatives(cosines_NM, left_out_NM)
    own_N = torch.arange(len(anchors_ND), device=anchors_ND.device)
    scores_NM = (cosines_NM * scale + alpha * cosines_NM.detach()).masked_fill(~negatives_NM, float("-inf"))
    scores_NM = scores_NM.index_put((own_N, own_N), cosines_NM.diagonal() * scale)
    return cross_entropy(scores_NM, own_N)
