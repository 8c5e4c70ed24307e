"""Beam search: the best beginnings are followed side by side. Free of torch.

Legend: W beams, T tokens, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.model.generation.next_tokens import Adjust, Continuation, Ending, NextTokens, log_softmax
from aisle.model.generation.settings import Beam, Limits


@dataclass(frozen=True, slots=True)
class _Beginning:
    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    total: float

    def and_then(self, token: int, log_probability: float) -> _Beginning:
        return _Beginning(
            (*self.tokens, token), (*self.log_probabilities, log_probability), self.total + log_probability
        )

    def score(self, penalty: float) -> float:
        return float(self.total / max(len(self.log_probabilities), 1) ** penalty)

    def finished(self, ending: Ending) -> Continuation:
        ended = ending == "end"
        return Continuation(
            tokens=self.tokens[:-1] if ended else self.tokens,
            log_probabilities=self.log_probabilities,
            ending=ending,
            end_id=self.tokens[-1] if ended else None,
        )


def beam_search(
    model: NextTokens, prompt_T: NDArray[np.int64], settings: Beam, limits: Limits, adjust: Adjust | None = None
) -> list[Continuation]:
    """The best continuations of one prompt, best first, at most `settings.width` of them.

    `model` holds one row. The search ends when no beginning can still beat the worst text that is to be given back, or
    at the limit; then the beginnings count as texts too. Where the hook leaves nothing to go on with, a beginning is
    given up; it is given back, as `stuck`, only if nothing else is left.
    """
    width, penalty = settings.width, settings.length_penalty
    open_ones = [_Beginning((), (), 0.0)]
    ended: list[tuple[float, Continuation]] = []
    stuck: list[_Beginning] = []
    scores_WV = model.extend(prompt_T[None])
    for step in range(limits.max_tokens):
        candidates = _candidates(open_ones, log_softmax(scores_WV), adjust, 2 * width, stuck)
        parents: list[int] = []
        kept: list[_Beginning] = []
        for rank, (parent, beginning) in enumerate(candidates):
            if beginning.tokens[-1] in limits.end_ids:
                # An end that is not among the best `width` would not have been followed either.
                if rank < width:
                    ended.append((beginning.score(penalty), beginning.finished("end")))
            elif len(kept) < width:
                parents.append(parent)
                kept.append(beginning)
        ended = sorted(ended, key=lambda one: -one[0])[:width]
        open_ones = kept
        if open_ones and max(one.total for one in open_ones) < settings.least:
            ended += [(one.score(penalty), one.finished("stuck")) for one in open_ones]
            break
        if not open_ones or _is_decided(ended, open_ones, width, limits.max_tokens**penalty):
            break
        if step + 1 < limits.max_tokens:
            model.select(np.array(parents, np.int64))
            scores_WV = model.extend(np.array([[one.tokens[-1]] for one in open_ones], np.int64))
    else:
        ended += [(one.score(penalty), one.finished("limit")) for one in open_ones]
    if not ended:
        ended = [(one.score(penalty), one.finished("stuck")) for one in stuck]
    return [text for _, text in sorted(ended, key=lambda one: -one[0])[:width]]


def _candidates(
    beginnings: list[_Beginning],
    log_probabilities_WV: NDArray[np.float32],
    adjust: Adjust | None,
    most: int,
    stuck: list[_Beginning],
) -> list[tuple[int, _Beginning]]:
    """The best ways to go on with any beginning, best first, each with the number of its beginning."""
    found: list[tuple[float, int, int, float]] = []
    for place, beginning in enumerate(beginnings):
        options_V = log_probabilities_WV[place]
        if adjust is not None:
            options_V = adjust(beginning.tokens, options_V)
        best = np.argpartition(-options_V, min(most, len(options_V)) - 1)[:most]
        best = best[np.isfinite(options_V[best])]
        if not len(best):
            stuck.append(beginning)
        found += [(beginning.total + float(options_V[t]), place, t, float(options_V[t])) for t in best.tolist()]
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [(place, beginnings[place].and_then(token, value)) for _, place, token, value in found[:most]]


def _is_decided(
    ended: list[tuple[float, Continuation]], open_ones: list[_Beginning], width: int, longest: float
) -> bool:
    """Whether no beginning can still get among the best: each further token can only lower its sum."""
    return len(ended) >= width and max(one.total for one in open_ones) / longest <= ended[-1][0]
