"""What the ways of writing need of a model, and what they give back. Free of torch.

Legend: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray


class NextTokens(Protocol):
    """Rows of tokens that grow, and what may come next in each.

    A decoder, the decoder half of an encoder–decoder over its sources, the torch-free decoder and the n-gram model are
    such things; so the ways of writing are written once.
    """

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Put T tokens behind each row. The scores (B, V) of what comes next; their softmax is the probability."""
        ...

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order; one may be named several times."""
        ...


Adjust = Callable[[Sequence[int], NDArray[np.float32]], NDArray[np.float32]]
"""A hook for constraints: told the tokens that a row has been given so far (the prompt is not among them) and the
log-probabilities (V,) of its next token, it gives back what to go on with: the same array with -inf where a token may
not come next, scaled anew or not, as it wants. If nothing is left, the row ends there as `stuck`."""

Ending = Literal["end", "limit", "stuck"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Continuation:
    """What was written after a prompt."""

    tokens: tuple[int, ...]
    """The tokens; the one that ended it is not among them."""
    log_probabilities: tuple[float, ...]
    """Of each token, and of the one that ended it where there is one, in nats, after the hook."""
    ending: Ending
    """`end`: a token that ends; `limit`: as many tokens as were allowed; `stuck`: the hook left nothing."""
    end_id: int | None = None
    """The token that ended it, where one did."""

    @property
    def log_probability(self) -> float:
        """The sum, in nats."""
        return sum(self.log_probabilities)


def log_softmax(scores_BV: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities (…, V) of scores, computed in float64: probabilities of long texts are products of many."""
    shifted = scores_BV.astype(np.float64) - scores_BV.max(axis=-1, keepdims=True)
    result: NDArray[np.float32] = (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))).astype(np.float32)
    return result


def only(allowed: Sequence[int] | NDArray[np.int64], log_probabilities_V: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities with -inf for every token but these, not scaled anew: for hooks."""
    result = np.full_like(log_probabilities_V, -np.inf)
    places = np.asarray(allowed, np.int64)
    result[places] = log_probabilities_V[places]
    return result
