"""Learning a ranker: boosted oblivious trees under a listwise softmax loss, in numpy.

The loss of a query is the cross-entropy between its relevant products' gains, made to sum to 1, and the softmax of the
scores of its candidates (Cao et al. 2007, "Learning to Rank: From Pairwise Approach to Listwise Approach", with the
gains as top-one probabilities). Each tree goes one Newton step down it (Chen and Guestrin 2016, "XGBoost", equations 5
to 7). The first score is not zero but the blended one times a slope, the best such, so that what few queries cannot
teach stays as it is without a ranker.

Legend: R rows (a query with a candidate), Q queries, F features, B bins, T trees, L levels, P leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.progress import Progress, silent
from aisle.ranking.features import NAMES
from aisle.ranking.model import Ranker
from aisle.ranking.settings import RankerSettings

_BINS = 64
_HELD_OUT = 8
"""One query in so many decides how many trees are kept."""
_PATIENCE = 20
"""Trees without a better loss on those queries after which learning stops."""
_SHARE = 0.5
"""Share of the queries that each tree is learned from."""
_BLENDED = NAMES.index("blended")
_STEEPEST = 100.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lists:
    """Candidates of queries, the rows of one query side by side."""

    features_RF: NDArray[np.float32]
    gains_R: NDArray[np.float32]
    """How good each is, 0 for not at all or not known."""
    starts_Q: NDArray[np.int64]
    """Where each query's rows begin; each query has at least one row with a gain."""

    def __len__(self) -> int:
        return len(self.starts_Q)

    def of(self, chosen_Q: NDArray[np.int64]) -> Lists:
        """Only these queries."""
        ends_Q = np.append(self.starts_Q[1:], len(self.gains_R))
        lengths = ends_Q[chosen_Q] - self.starts_Q[chosen_Q]
        rows = np.concatenate([np.arange(self.starts_Q[at], ends_Q[at]) for at in chosen_Q])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        return Lists(features_RF=self.features_RF[rows], gains_R=self.gains_R[rows], starts_Q=starts)


def learn(
    lists: Lists,
    settings: RankerSettings,
    *,
    encoder: str,
    about: dict[str, Any],
    progress: Progress = silent,
) -> Ranker:
    """A ranker from judged candidates; the same input gives the same ranker. `encoder` is its fingerprint."""
    assert len(lists) >= _HELD_OUT, "too few queries to learn from"
    draw = np.random.default_rng(settings.seed)
    order_Q = draw.permutation(len(lists))
    held = max(1, len(lists) // _HELD_OUT)
    checked, learned = lists.of(np.sort(order_Q[:held])), lists.of(np.sort(order_Q[held:]))
    edges = _edges(learned.features_RF)
    bins_FR = _binned(learned.features_RF, edges)
    checked_bins_FR = _binned(checked.features_RF, edges)
    slope = _slope(learned)
    scores_R, checked_R = (slope * part.features_RF[:, _BLENDED].astype(np.float64) for part in (learned, checked))
    trees: list[_Tree] = []
    losses = [loss(checked, checked_R)]
    for number in range(settings.trees):
        queries = np.sort(draw.choice(len(learned), max(1, int(len(learned) * _SHARE)), replace=False))
        tree = _grow(learned, scores_R, bins_FR, [len(found) for found in edges], queries, settings)
        scores_R += tree.leaves_P[tree.leaf(bins_FR)]
        checked_R += tree.leaves_P[tree.leaf(checked_bins_FR)]
        trees.append(tree)
        losses.append(loss(checked, checked_R))
        progress("learn", number + 1, settings.trees)
        if len(losses) - 1 - int(np.argmin(losses)) >= _PATIENCE:
            break
    kept = trees[: max(1, int(np.argmin(losses)))]
    return Ranker(
        slope=slope,
        middle=float(learned.features_RF[:, _BLENDED].mean()),
        features_TL=np.array([tree.features_L for tree in kept], np.int32),
        thresholds_TL=np.array(
            [[edges[f][b] for f, b in zip(tree.features_L, tree.bins_L, strict=True)] for tree in kept], np.float32
        ),
        leaves_TP=np.array([tree.leaves_P for tree in kept], np.float32),
        means_TN=np.array([tree.means_N for tree in kept], np.float32),
        encoder=encoder,
        about=about | {"trees": len(kept), "loss_before": losses[0], "loss": min(losses)},
    )


def _slope(lists: Lists) -> float:
    """What the blended score is best multiplied with; the loss is convex in it, so thirds close in on the lowest."""
    blended_R = lists.features_RF[:, _BLENDED].astype(np.float64)
    low, high = 0.0, _STEEPEST
    while high - low > 0.05:
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if loss(lists, left * blended_R) <= loss(lists, right * blended_R):
            high = right
        else:
            low = left
    return low


def loss(lists: Lists, scores_R: NDArray[np.float64]) -> float:
    """Mean cross-entropy of the queries, in nats."""
    chances_R, targets_R = _softmax(lists, scores_R), _targets(lists)
    return float(-(targets_R * np.log(np.maximum(chances_R, 1e-12))).sum() / len(lists))


def _softmax(lists: Lists, scores_R: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.diff(np.append(lists.starts_Q, len(scores_R)))
    highest_R = np.repeat(np.maximum.reduceat(scores_R, lists.starts_Q), lengths)
    powers_R = np.exp(scores_R - highest_R)
    sums_R = np.repeat(np.add.reduceat(powers_R, lists.starts_Q), lengths)
    chances_R: NDArray[np.float64] = powers_R / sums_R
    return chances_R


def _targets(lists: Lists) -> NDArray[np.float64]:
    gains_R = lists.gains_R.astype(np.float64)
    lengths = np.diff(np.append(lists.starts_Q, len(gains_R)))
    targets_R: NDArray[np.float64] = gains_R / np.repeat(np.add.reduceat(gains_R, lists.starts_Q), lengths)
    return targets_R


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    features_L: list[int]
    bins_L: list[int]
    leaves_P: NDArray[np.float64]
    means_N: list[float]

    def leaf(self, bins_FR: NDArray[np.uint8]) -> NDArray[np.int64]:
        leaf_R = np.zeros(bins_FR.shape[1], np.int64)
        for feature, at in zip(self.features_L, self.bins_L, strict=True):
            leaf_R = 2 * leaf_R + (bins_FR[feature] > at)
        return leaf_R


def _grow(
    lists: Lists,
    scores_R: NDArray[np.float64],
    bins_FR: NDArray[np.uint8],
    edges_F: list[int],
    queries: NDArray[np.int64],
    settings: RankerSettings,
) -> _Tree:
    ends_Q = np.append(lists.starts_Q[1:], len(scores_R))
    rows = np.concatenate([np.arange(lists.starts_Q[at], ends_Q[at]) for at in queries])
    chances_R = _softmax(lists, scores_R)
    slopes = (chances_R - _targets(lists))[rows]
    bends = np.maximum(chances_R * (1 - chances_R), 1e-6)[rows]
    drawn_FR = bins_FR[:, rows]
    leaf_R = np.zeros(len(rows), np.int64)
    features_L: list[int] = []
    bins_L: list[int] = []
    means_N: list[float] = []
    for level in range(settings.levels):
        leaves = 2**level
        means_N += _steps(leaf_R, slopes, bends, leaves, settings).tolist()
        best = (-np.inf, 0, 0)
        for feature in range(len(drawn_FR)):
            key_R = leaf_R * _BINS + drawn_FR[feature]
            shape = (leaves, _BINS)
            slopes_PB = np.bincount(key_R, slopes, leaves * _BINS).reshape(shape).cumsum(axis=1)
            bends_PB = np.bincount(key_R, bends, leaves * _BINS).reshape(shape).cumsum(axis=1)
            right_PB, right_bends_PB = slopes_PB[:, -1:] - slopes_PB, bends_PB[:, -1:] - bends_PB
            gains_B = (
                slopes_PB**2 / (bends_PB + settings.regularisation)
                + right_PB**2 / (right_bends_PB + settings.regularisation)
            ).sum(axis=0)[: edges_F[feature]]
            at = int(gains_B.argmax())
            if gains_B[at] > best[0]:
                best = (float(gains_B[at]), feature, at)
        features_L.append(best[1])
        bins_L.append(best[2])
        leaf_R = 2 * leaf_R + (drawn_FR[best[1]] > best[2])
    leaves_P = _steps(leaf_R, slopes, bends, 2**settings.levels, settings)
    return _Tree(features_L, bins_L, leaves_P, means_N)


def _steps(
    leaf_R: NDArray[np.int64],
    slopes: NDArray[np.float64],
    bends: NDArray[np.float64],
    leaves: int,
    settings: RankerSettings,
) -> NDArray[np.float64]:
    """The Newton step of each leaf, or of each node as if it were one."""
    slopes_P, bends_P = np.bincount(leaf_R, slopes, leaves), np.bincount(leaf_R, bends, leaves)
    steps_P: NDArray[np.float64] = -settings.rate * slopes_P / (bends_P + settings.regularisation)
    return steps_P


def _edges(features_RF: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The values between the bins of each feature, at most `_BINS` - 1; more where values are dense."""
    shares = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = []
    for column_R in features_RF.T:
        values = np.unique(np.quantile(column_R, shares, method="lower")).astype(np.float32)
        # The highest value would leave nothing above it.
        edges.append(values[values < column_R.max()] if len(values) else values)
    return [found if len(found) else np.array([np.inf], np.float32) for found in edges]


def _binned(features_RF: NDArray[np.float32], edges: list[NDArray[np.float32]]) -> NDArray[np.uint8]:
    # Bin b holds what is above edge b - 1 and not above edge b, so that "bin > b" is "value > edge b".
    return np.stack(
        [np.searchsorted(found, column_R, side="left") for found, column_R in zip(edges, features_RF.T, strict=True)]
    ).astype(np.uint8)
