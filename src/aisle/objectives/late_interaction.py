"""Late interaction: every piece of a query looks for its nearest piece in a product, and what they find is averaged.

One vector a text forgets single words; here each piece of a word keeps a vector of its own to the end, so that "2x4" or
a brand is found as itself and "couch" still finds "sofa". The pieces' vectors do not depend on their text.

Legend: V pieces of the vocabulary, D vector length, A queries, N pieces of all queries, M products, T pieces of the
longest product, Q distinct pieces of all queries, U distinct pieces of all products.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

_AT_ONCE = 2**24
"""Cosines looked at in one go: 64 MB."""


def late_interaction_scores(
    vectors_VD: Tensor, log_weights_V: Tensor, queries: Sequence[Sequence[int]], products: Sequence[Sequence[int]]
) -> Tensor:
    """How well each product meets each query, (A, M), from -1 to 1.

    Formula: `s(q, p) = sum_i w_i max_j cos(e_i, e_j) / sum_i w_i` over the pieces i of the query and j of the product.
    `queries` and `products` are the numbers of their pieces, at least one each.
    Source: Khattab and Zaharia 2020 (ColBERT, arXiv 2004.12832), section 3.3, with weights that are learned, and with
    vectors that are the same in every text.
    """
    device = vectors_VD.device
    pieces_N = torch.tensor([piece for query in queries for piece in query], device=device)
    owners_N = torch.repeat_interleave(
        torch.arange(len(queries), device=device), torch.tensor([len(query) for query in queries], device=device)
    )
    longest = max(map(len, products))
    # A product's first piece again in the place of those that it lacks: it changes no greatest value.
    pieces_MT = torch.tensor([[*product, *[product[0]] * (longest - len(product))] for product in products])
    asked_Q, places_N = torch.unique(pieces_N, return_inverse=True)
    held_U, places_MT = torch.unique(pieces_MT.to(device), return_inverse=True)
    cosines_QU = normalize(vectors_VD[asked_Q], dim=1) @ normalize(vectors_VD[held_U], dim=1).T
    best_QM = cosines_QU.gather(1, _nearest(cosines_QU.detach(), places_MT))
    weights_N = log_weights_V[asked_Q].exp()[places_N]
    sums_AM = best_QM.new_zeros(len(queries), len(products)).index_add(
        0, owners_N, best_QM[places_N] * weights_N[:, None]
    )
    return sums_AM / weights_N.new_zeros(len(queries)).index_add(0, owners_N, weights_N)[:, None]


def _nearest(cosines_QU: Tensor, places_MT: Tensor) -> Tensor:
    """For each piece of the queries the place of its nearest one of each product, (Q, M).

    Found first and without gradient, some products at a time, so that nothing of the size Q x M x T is ever kept.
    """
    some = max(1, _AT_ONCE // max(1, len(cosines_QU) * places_MT.shape[1]))
    found = []
    for places_CT in torch.split(places_MT, some):
        best_QC = cosines_QU[:, places_CT.flatten()].view(len(cosines_QU), *places_CT.shape).argmax(dim=2)
        found.append(places_CT.gather(1, best_QC.T).T)
    return torch.cat(found, dim=1)


def late_interaction_loss(
    scores_AM: Tensor, own_A: Tensor, *, scale: float = 32.0, left_out_AM: Tensor | None = None
) -> Tensor:
    """Cross-entropy of the own product among all candidates, in the mean over queries, one number.

    Formula: `-mean_a log softmax(scale * s(a, 1) ... scale * s(a, M))[own_a]`.
    `own_A` is the place of each query's right answer; `left_out_AM` is true where a candidate is no negative. The own
    product is never left out.
    Source: as for `late_interaction_scores`, with the other products of a batch as negatives.
    """
    scaled_AM = scores_AM * scale
    if left_out_AM is not None:
        rows_A = torch.arange(len(own_A), device=own_A.device)
        left_out_AM = left_out_AM.index_put((rows_A, own_A), left_out_AM.new_tensor(False))
        scaled_AM = scaled_AM.masked_fill(left_out_AM, float("-inf"))
    return cross_entropy(scaled_AM, own_A)
