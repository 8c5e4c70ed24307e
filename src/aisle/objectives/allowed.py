"""Next symbol under a grammar: the loss is among what may come, not among everything.

Legend: B rows, T symbols, V symbols to choose from.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def allowed_symbol_loss(scores_BTV: Tensor, symbols_BT: Tensor, told_BT: Tensor) -> tuple[Tensor, int]:
    """Cross-entropy of each row's symbols in nats, added up over the row; the mean over rows, and how many were told.

    `scores_BTV` are very low where the grammar allows nothing, so the softmax is over what it allows, as it is when a
    query is written. Formula: `-mean_b Σ_{t told} log p(symbol_t | symbols before, allowed)`.
    Source: Yin and Neubig 2017 (arXiv 1704.01696), equation 1, with the grammar's choices as actions.
    """
    rows = cross_entropy(scores_BTV.float().flatten(end_dim=1), symbols_BT.flatten(), reduction="none")
    told = rows.view_as(symbols_BT) * told_BT
    return told.sum(dim=1).mean(), int(told_BT.sum())
