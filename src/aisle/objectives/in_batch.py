"""In-batch negatives: each anchor must find its positive among everything else in the batch.

Legend: N anchors, M candidates (N positives, then any hard negatives), D vector length.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def in_batch_loss(
    anchors_ND: Tensor, candidates_MD: Tensor, *, scale: float = 20.0, left_out_NM: Tensor | None = None
) -> Tensor:
    """Cross-entropy of the own positive among all candidates, in the mean over anchors, one number.

    Formula: `-mean_n log softmax(scale * cos(a_n, c_1) ... scale * cos(a_n, c_M))[n]`.
    Shapes: anchors (N, D); candidates (M, D), of which row n < N is the positive of anchor n, and rows from N on are
    hard negatives, offered to every anchor; `left_out_NM` is true where a candidate is no negative although it stands
    in another row, such as a text that is there twice. The own positive is never left out.
    Source: Henderson et al. 2017 (arXiv 1705.00652), section 4.4; with cosine and a scale of 20 it is
    sentence-transformers' MultipleNegativesRankingLoss, and InfoNCE (arXiv 1807.03748) at temperature 1 / scale.
    When: pairs that belong together and nothing else, such as queries and the products bought. Large batches help.
    """
    scores_NM = normalize(anchors_ND, dim=1) @ normalize(candidates_MD, dim=1).T * scale
    own_N = torch.arange(len(anchors_ND), device=anchors_ND.device)
    if left_out_NM is not None:
        left_out_NM = left_out_NM.index_put((own_N, own_N), left_out_NM.new_tensor(False))
        scores_NM = scores_NM.masked_fill(left_out_NM, float("-inf"))
    return cross_entropy(scores_NM, own_N)
