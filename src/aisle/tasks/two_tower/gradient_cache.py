"""Large batches in little memory: vectors are computed twice, so that only one pass is ever kept whole.

A loss over a whole batch (in-batch negatives) needs all vectors at once, but not all that the encoder computed on its
way to them. So passes beyond `keep_tokens` are run without remembering their insides; when the loss has said how each
vector should change, each pass is run again, with the same dropout, and its gradient is added up. The result is the
gradient of the whole batch, to the rounding; the price is a second forward pass, about a third of the time.

Source: Gao et al. 2021 (arXiv 2101.06983), section 3.2.

Legend: B texts, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from aisle.training.packed import PackedBatch


def vectors_in_passes(
    vectors: Callable[[PackedBatch], Tensor], passes: Sequence[PackedBatch], *, keep_tokens: int
) -> Tensor:
    """The vectors (B, D) of several passes, one after another.

    Passes are kept whole while together they have at most `keep_tokens` tokens; the insides of the others are computed
    again for their gradients.
    """
    rows, kept = [], 0
    for batch in passes:
        kept += batch.tokens
        again = kept > keep_tokens
        rows.append(checkpoint(vectors, batch, use_reentrant=False) if again else vectors(batch))
    return torch.cat(rows)
