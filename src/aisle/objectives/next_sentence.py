"""Next sentence: does the second text follow the first, or does it come from another document?

Legend: B texts, D hidden size.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy

from aisle.model.heads import NextSentenceHead

FOLLOWS, RANDOM = 0, 1
"""The labels, numbered as in BERT's checkpoints."""


def next_sentence_loss(pooled_BD: Tensor, labels_B: Tensor, head: NextSentenceHead) -> Tensor:
    """The mean cross-entropy over pairs. Source: arXiv 1810.04805, section 3.1, task 2."""
    return cross_entropy(head(pooled_BD).float(), labels_B)
