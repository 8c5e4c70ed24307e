"""Greedy writing and sampling: every row gets one token a step. Free of torch.

Legend: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aisle.model.generation.next_tokens import Adjust, Continuation, Ending, NextTokens, log_softmax
from aisle.model.generation.settings import Limits, Sampling

Choose = Callable[[NDArray[np.float32]], int]


def write_rows(
    model: NextTokens, prompts_BT: NDArray[np.int64], choose: Choose, limits: Limits, adjust: Adjust | None = None
) -> list[Continuation]:
    """One continuation a row. `choose` picks a token from log-probabilities (V,), of which not all are -inf."""
    rows = [_Row() for _ in prompts_BT]
    open_rows = list(range(len(rows)))
    scores_BV = model.extend(prompts_BT)
    for step in range(limits.max_tokens):
        log_probabilities_BV = log_softmax(scores_BV)
        fresh = []
        for place, number in enumerate(open_rows):
            row, options_V = rows[number], log_probabilities_BV[place]
            if adjust is not None:
                options_V = adjust(row.tokens, options_V)
            if not np.isfinite(options_V.max()):
                row.ending = "stuck"
                continue
            token = choose(options_V)
            row.log_probabilities.append(float(options_V[token]))
            if token in limits.end_ids:
                row.ending, row.end_id = "end", token
                continue
            row.tokens.append(token)
            fresh.append((place, number))
        if len(fresh) < len(open_rows):
            model.select(np.array([place for place, _ in fresh], np.int64))
            open_rows = [number for _, number in fresh]
        if not open_rows or step + 1 == limits.max_tokens:
            break
        scores_BV = model.extend(np.array([[rows[number].tokens[-1]] for number in open_rows], np.int64))
    return [row.finished() for row in rows]


def most_probable(log_probabilities_V: NDArray[np.float32]) -> int:
    """Greedy: the most probable token."""
    return int(log_probabilities_V.argmax())


def sampler(settings: Sampling) -> Choose:
    """Draws tokens, one after another from one seed."""
    random = np.random.default_rng(settings.seed)

    def choose(log_probabilities_V: NDArray[np.float32]) -> int:
        tokens, probabilities = nucleus(log_probabilities_V, settings)
        return int(tokens[random.choice(len(tokens), p=probabilities)])

    return choose


def nucleus(
    log_probabilities_V: NDArray[np.float32], settings: Sampling
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tokens to draw from, most probable first, and their probabilities: temperature, then top-k, then top-p."""
    order = np.argsort(-log_probabilities_V, kind="stable")
    order = order[np.isfinite(log_probabilities_V[order])]
    if settings.top_k:
        order = order[: settings.top_k]
    scaled = log_probabilities_V[order].astype(np.float64) / settings.temperature
    probabilities = np.exp(scaled - scaled.max())
    probabilities /= probabilities.sum()
    # The first tokens whose sum reaches top_p: those before which it is not reached yet.
    needed = np.cumsum(probabilities) - probabilities < settings.top_p
    order, probabilities = order[needed], probabilities[needed]
    return order, probabilities / probabilities.sum()


class _Row:
    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.log_probabilities: list[float] = []
        self.ending: Ending = "limit"
        self.end_id: int | None = None

    def finished(self) -> Continuation:
        return Continuation(
            tokens=tuple(self.tokens),
            log_probabilities=tuple(self.log_probabilities),
            ending=self.ending,
            end_id=self.end_id,
        )
