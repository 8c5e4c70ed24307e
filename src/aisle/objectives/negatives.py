"""Which candidates are negatives of an anchor, and how much each counts.

In a log of purchases many a "negative" is a right answer that this shopper did not take. What is known to be none is
left out of the loss: the same product in another row, the products known to answer the same query, and, if a guide
(an encoder trained before) is asked, what it finds nearer than the right answer itself.

Legend: N anchors, M candidates of which row n < N is the positive of anchor n, D vector length, P known pairs.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def negatives(cosines_NM: Tensor, left_out_NM: Tensor | None) -> Tensor:
    """True (N, M) where a candidate counts against an anchor: not its own positive, and not left out."""
    own_N = torch.arange(len(cosines_NM), device=cosines_NM.device)
    counted_NM = torch.ones_like(cosines_NM, dtype=torch.bool) if left_out_NM is None else ~left_out_NM
    return counted_NM.index_put((own_N, own_N), counted_NM.new_tensor(False))


def adversarial_weights(cosines_NM: Tensor, negatives_NM: Tensor, alpha: float) -> Tensor:
    """The weights (N, M) of an anchor's negatives: softmax(alpha cosine) times their number, so 1 in the mean.

    Without gradient: the encoder may not lower its loss by changing what counts. 0 for what is no negative.
    """
    scores_NM = (alpha * cosines_NM.detach()).masked_fill(~negatives_NM, float("-inf"))
    # An anchor without negatives has a row of minus infinities, whose softmax is not a number.
    share_NM = scores_NM.softmax(dim=1).nan_to_num(0.0)
    return share_NM * negatives_NM.sum(dim=1, keepdim=True)


def left_out(products_M: Tensor, queries_N: Tensor, known_P: Tensor, num_products: int) -> Tensor:
    """True (N, M) where a candidate is no negative of an anchor.

    `products_M` are the candidates' product numbers, `queries_N` the anchors' query numbers (-1 for a query of which
    nothing is known but its own positive), `known_P` the pairs known to be right as `query * num_products + product`,
    sorted. Left out are the own product in any row, known answers of the same query, and, so that nothing counts
    twice, a product that an earlier candidate is already.
    """
    same_NM = products_M[None] == products_M[: len(queries_N), None]
    known_NM = known_answers(products_M, queries_N, known_P, num_products)
    return same_NM | known_NM | _repeated(products_M)[None]


def known_answers(products_M: Tensor, queries_N: Tensor, known_P: Tensor, num_products: int) -> Tensor:
    """True (N, M) where a candidate is known to answer an anchor; the arguments are those of `left_out`."""
    pairs_NM = queries_N[:, None] * num_products + products_M[None]
    return _contains(known_P, pairs_NM) & (queries_N >= 0)[:, None]


def too_close(guide_anchors_ND: Tensor, guide_candidates_MD: Tensor, margin: float = 0.0) -> Tensor:
    """True (N, M) where a guide's cosine is above that of the own positive less `margin`.

    Source: GISTEmbed (Solatorio 2024, arXiv 2402.16829), section 3.
    """
    cosines_NM = normalize(guide_anchors_ND, dim=1) @ normalize(guide_candidates_MD, dim=1).T
    return cosines_NM > cosines_NM.diagonal()[:, None] - margin


def _contains(sorted_P: Tensor, asked: Tensor) -> Tensor:
    if not len(sorted_P):
        return torch.zeros_like(asked, dtype=torch.bool)
    place = torch.searchsorted(sorted_P, asked).clamp_max(len(sorted_P) - 1)
    return sorted_P[place] == asked


def _repeated(products_M: Tensor) -> Tensor:
    """True where the same product stands earlier in the list."""
    order_M = torch.argsort(products_M, stable=True)
    sorted_M = products_M[order_M]
    again_M = torch.zeros_like(products_M, dtype=torch.bool)
    again_M[order_M[1:]] = sorted_M[1:] == sorted_M[:-1]
    return again_M
