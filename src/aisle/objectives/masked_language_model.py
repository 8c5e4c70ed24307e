"""Masked language model: hide some tokens, tell them from the others.

Legend: N tokens of all texts together, B texts, M tokens to be told, D hidden size, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aisle.model.heads import MaskedLanguageModelHead
from aisle.objectives.tied_softmax import tied_softmax_loss

MASKED, REPLACED = 0.8, 0.1
"""Shares of the chosen tokens that become `[MASK]` and a random token; the rest stays (arXiv 1810.04805, A.1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskingTable:
    """What masking has to know of a vocabulary."""

    mask: int
    """The id of `[MASK]`."""
    ordinary: NDArray[np.int64]
    """The ids that may be put in place of a token: all but the special ones."""
    special_V: NDArray[np.bool_]
    """Which ids are never chosen."""
    continues_V: NDArray[np.bool_] | None = None
    """Which pieces continue a word; None where words are not kept together."""


@dataclass(frozen=True, slots=True)
class Masked:
    """Texts after masking."""

    ids_N: NDArray[np.int64]
    at_M: NDArray[np.int64]
    """The places of the tokens to be told, in ascending order."""
    targets_M: NDArray[np.int64]
    """What stood there."""


def mask_tokens(
    ids_N: NDArray[np.int64],
    texts_N: NDArray[np.int64],
    rate: float,
    table: MaskingTable,
    random: np.random.Generator,
) -> Masked:
    """Choose a share `rate` of every text's tokens, at least one, and hide them.

    `texts_N` says which text each token belongs to, in ascending order. Tokens are chosen without regard to what they
    are; special ones never. Whole words are taken in random order while they fit into the share.
    Source: arXiv 1810.04805, appendix A.1; the masks are drawn anew each time (RoBERTa, arXiv 1907.11692).
    """
    candidates_C = np.flatnonzero(~table.special_V[ids_N])
    texts_C = texts_N[candidates_C]
    if table.continues_V is None:
        units_C = np.arange(len(candidates_C))
    else:
        # A piece that continues a word belongs to the piece before it, if that is of the same text.
        new_text_C = np.diff(texts_C, prepend=-1) != 0
        units_C = np.cumsum(~table.continues_V[ids_N[candidates_C]] | new_text_C) - 1
    order_C = np.lexsort((random.random(len(candidates_C))[units_C], texts_C))
    _, counts = np.unique(texts_C, return_counts=True)
    first = np.cumsum(counts) - counts
    place_C = np.arange(len(order_C)) - np.repeat(first, counts)
    allowed_C = np.repeat(np.maximum(np.round(rate * counts), 1), counts)
    chosen_C = place_C < allowed_C
    if table.continues_V is not None:
        chosen_C = _whole_units(units_C[order_C], place_C, chosen_C)
    at_M = np.sort(candidates_C[order_C[chosen_C]])
    targets_M = ids_N[at_M]
    masked_N = ids_N.copy()
    fate_M = random.random(len(at_M))
    masked_N[at_M[fate_M < MASKED]] = table.mask
    replaced = at_M[(fate_M >= MASKED) & (fate_M < MASKED + REPLACED)]
    masked_N[replaced] = random.choice(table.ordinary, len(replaced))
    return Masked(masked_N, at_M, targets_M)


def _whole_units(
    units_C: NDArray[np.int64], place_C: NDArray[np.int64], chosen_C: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Chosen are the words all of whose pieces are, and each text's first word in any case."""
    starts = np.flatnonzero(np.diff(units_C, prepend=-1) != 0)
    whole = np.logical_and.reduceat(chosen_C, starts) | (place_C[starts] == 0)
    return np.repeat(whole, np.diff(np.append(starts, len(units_C))))


def masked_language_model_loss(
    x_ND: Tensor, at_M: Tensor, targets_M: Tensor, head: MaskedLanguageModelHead, table_VD: Tensor
) -> Tensor:
    """The mean over the hidden tokens of `-log softmax(scores)[token]`, in nats.

    Only the hidden tokens' vectors go through the head: the scores of a whole vocabulary are what costs.
    """
    return tied_softmax_loss(head.transformed(x_ND[at_M]), table_VD, head.bias, targets_M)
