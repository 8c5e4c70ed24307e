"""The ranking: what each feature of a candidate weighs.

A candidate's score is its popularity to a power, times e to the weighted sum of its other features. As odds that is
logistic regression: p(tap | prefix, term), trained in `training.py`, times p(cart | term). What does not depend on what
has been typed is added up when the index is written, so that of all candidates only the best few have to be looked at.

Letters: F candidates looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.suggest.candidates import Candidate

STATIC = ("taps", "skips", "cart", "picture", "offered", "length")
"""Features of a candidate alone."""
DYNAMIC = ("start", "saved", "short", "pair", "session", "repeated")
"""Features of a candidate and what has been typed."""
FEATURES = ("popularity", *STATIC, *DYNAMIC)


@dataclass(frozen=True, kw_only=True, slots=True)
class RankModel:
    """Weights by feature; a feature without one weighs nothing. The default ranks by popularity alone."""

    weights: Mapping[str, float] = field(default_factory=lambda: {"popularity": 1.0})

    def __post_init__(self) -> None:
        unknown = set(self.weights) - set(FEATURES)
        assert not unknown, f"there are no features {sorted(unknown)}"

    def weight(self, feature: str) -> float:
        """The weight of a feature."""
        return self.weights.get(feature, 0.0)

    def without(self, *features: str) -> RankModel:
        """The model as if it did not know these features."""
        return RankModel(weights={name: weight for name, weight in self.weights.items() if name not in features})

    @property
    def looks(self) -> bool:
        """Whether anything of what has been typed counts."""
        return any(self.weight(name) for name in DYNAMIC)


UNTRAINED = RankModel(weights={"popularity": 1.0, "start": 3.0})
"""What ranks where there is no log to learn from: popularity, and that people mostly type from the beginning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TapRates:
    """What the log of the suggestion box says about one candidate."""

    taps: float = 0.0
    """Log of how much oftener it was tapped than others in its places."""
    skips: float = 0.0
    """Share of the times it was surely seen at which another one, or none, was taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """What the log taught: the model, and the figures its features are made of. The default knows nothing."""

    model: RankModel = field(default_factory=RankModel)
    rates: Mapping[str, TapRates] = field(default_factory=dict)
    """By the key of a candidate."""
    pulls: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """By typed key and candidate's key: log of how much oftener than elsewhere it is meant there."""
    moves: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """By two kinds of product: log of how much likelier the second is searched for after the first than otherwise."""


def static_features(candidate: Candidate, rates: TapRates, usual_cart_rate: float) -> dict[str, float]:
    """The features of a candidate alone, but for its popularity."""
    known = candidate.cart_rate > 0 and usual_cart_rate > 0
    return {
        "taps": rates.taps,
        "skips": rates.skips,
        "cart": float(np.log(candidate.cart_rate / usual_cart_rate)) if known else 0.0,
        "picture": float(candidate.image != ""),
        "offered": float(candidate.source != "events"),
        "length": float(np.log(max(len(candidate.text), 1))),
    }


def dynamic_features(
    *,
    typed: int,
    lengths_F: NDArray[np.int64],
    starts_F: NDArray[np.bool_],
    pairs_F: NDArray[np.float32] | None,
    moves_F: NDArray[np.float32] | None,
    repeated_F: NDArray[np.bool_] | None,
    scores_F: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """The features of candidates and what has been typed, each (F,).

    typed: characters of the typed key; lengths: of the candidates' keys; starts: whether the typed text begins them;
    pairs: log pull of the pair of both, from the log; moves: log of how much likelier the kind is after the query
    before; repeated: whether it is the query before; each None where there is none; scores: their worth untyped.
    """
    nothing_F = np.zeros(len(lengths_F))
    return {
        "start": starts_F,
        "saved": np.minimum(np.maximum(lengths_F - typed, 0) / 8.0, 1.0),
        # After one or two letters people take what many take; later, what fits.
        "short": np.log(np.maximum(scores_F, 1e-9)) if typed <= 2 else nothing_F,
        "pair": nothing_F if pairs_F is None else pairs_F,
        "session": nothing_F if moves_F is None else moves_F,
        "repeated": nothing_F if repeated_F is None else repeated_F,
    }
