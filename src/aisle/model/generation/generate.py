"""One call for every way of writing. Free of torch.

Legend: B rows, T tokens.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from aisle.errors import UserError
from aisle.model.generation.beam import beam_search
from aisle.model.generation.next_tokens import Adjust, Continuation, NextTokens
from aisle.model.generation.one_by_one import most_probable, sampler, write_rows
from aisle.model.generation.settings import Beam, Greedy, Limits, Sampling


def generate(
    model: NextTokens,
    prompts_BT: ArrayLike,
    how: Greedy | Sampling | Beam,
    limits: Limits,
    *,
    adjust: Adjust | None = None,
) -> list[list[Continuation]]:
    """Continuations of B prompts of T tokens each: one a prompt, or for `Beam` (one prompt only) the best few.

    `model` is new: it has read nothing yet. `adjust` constrains what may come next, see `Adjust`.

    Example
        `generate(DecoderSteps(decoder), [[5, 7]], Beam(width=4), Limits(max_tokens=20, end_ids=frozenset({2})))`

    Raises
        UserError: the prompts are no table of at least one token each, or several prompts are given to `Beam`.
    """
    table_BT = np.asarray(prompts_BT, np.int64)
    if table_BT.ndim != 2 or not table_BT.shape[1]:
        raise UserError("prompts must be a table of tokens, all of one length, with at least one token each")
    if isinstance(how, Beam):
        if len(table_BT) != 1:
            raise UserError(f"{len(table_BT)} prompts were given; beam search takes one at a time")
        return [beam_search(model, table_BT[0], how, limits, adjust)]
    choose = sampler(how) if isinstance(how, Sampling) else most_probable
    return [[one] for one in write_rows(model, table_BT, choose, limits, adjust)]
