"""From a query's probability to a confidence that says how often such queries are right. Free of torch.

Legend: N questions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TEMPERATURES = np.geomspace(0.2, 20, 81)
_LEAST_ANSWERED = 20


def fitted_temperature(probability_N: NDArray[np.float64], right_N: NDArray[np.bool_]) -> float:
    """The temperature with which p ** (1 / temperature) tells best whether a query is right (least log loss)."""
    log_N = np.log(np.clip(probability_N, 1e-30, 1 - 1e-6))

    def loss(temperature: float) -> float:
        chance_N = np.clip(np.exp(log_N / temperature), 1e-6, 1 - 1e-6)
        return float(-np.mean(np.where(right_N, np.log(chance_N), np.log1p(-chance_N))))

    return float(min(_TEMPERATURES, key=loss))


def chosen_threshold(confidence_N: NDArray[np.float64], right_N: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence from which on the share of right queries is at least `precision`.

    Where no confidence reaches it, the one with the highest share among those that at least 20 queries have (or all
    queries, if they are fewer).
    """
    order = np.argsort(-confidence_N, kind="stable")
    sorted_N, share_N = confidence_N[order], np.cumsum(right_N[order]) / np.arange(1, len(order) + 1)
    # A threshold takes in all queries of its confidence.
    last_N = np.append(sorted_N[1:] < sorted_N[:-1], True)
    reached = np.flatnonzero(last_N & (share_N >= precision))
    if len(reached):
        return float(sorted_N[reached[-1]])
    enough = np.flatnonzero(last_N & (np.arange(1, len(order) + 1) >= min(_LEAST_ANSWERED, len(order))))
    return float(sorted_N[enough[np.argmax(share_N[enough])]])
