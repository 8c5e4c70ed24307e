"""The engagement model: which of the matching suggestions is taken, learned from a shop's own log.

Two kinds of choices teach it. Where suggestions were logged, one of those shown was tapped, or none; the place in the
list is a feature while training and is left out when serving, so that being first teaches nothing. And every search was
a choice among all candidates that match what had been typed so far; where the typing was not logged, prefixes are cut
from the query. That also teaches about suggestions that were never shown.

Figures of taps come from the earlier part of the log and the choices from the later part, so that the model learns how
far such figures can be trusted.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.shop.query_log import Moment
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate, merged
from aisle.suggest.choice import Choices, fit_choice
from aisle.suggest.columns import usual_cart_rate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.matching import fold, typed_key
from aisle.suggest.model import DYNAMIC, STATIC, UNTRAINED, Learned, RankModel, TapRates, static_features
from aisle.suggest.sections import Found
from aisle.suggest.settings import RankSettings
from aisle.suggest.taps import move_statistics, tap_statistics
from aisle.suggest.words import text_hash

_FEATURES = ("popularity", *STATIC, *DYNAMIC)
_NUISANCE = ("place", "nothing")
"""Features that exist only while training: the place in the list, and taking none of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What was learned, and from how much."""

    learned: Learned
    choices: int
    """Choices the model was fitted on; 0 where there were too few and `UNTRAINED` ranks."""
    shown: int
    """Of them, choices among suggestions that were logged."""


def train(candidates: Sequence[Candidate], moments: Sequence[Moment], settings: RankSettings | None = None) -> Training:
    """Fit the model. With fewer than `settings.least_choices` choices `UNTRAINED` ranks."""
    settings = settings or RankSettings()
    by_key = merged(candidates)
    category_of = {key: candidate.category for key, candidate in by_key.items()}
    ordered = sorted(moments, key=lambda moment: (moment.at, moment.session, moment.prefix))
    cut = int(len(ordered) * settings.earlier)
    earlier, later = ordered[:cut], ordered[cut:]
    figures = _figures(earlier, category_of)
    before = _as_of(by_key, earlier, later)
    with tempfile.TemporaryDirectory() as scratch:
        build_suggestions(Path(scratch), before.values(), learned=figures)
        rows = _Rows(SuggestIndex.open(scratch), before, figures, settings)
        shown = rows.add_shown(later)
        rows.add_searches(later)
        del rows.index
    everything = _figures(ordered, category_of)
    if len(rows.sets) < settings.least_choices:
        return Training(learned=replace(everything, model=UNTRAINED), choices=0, shown=0)
    weights = dict(zip((*_FEATURES, *_NUISANCE), rows.fit(settings.penalty).tolist(), strict=True))
    model = RankModel(weights={name: weights[name] for name in _FEATURES})
    return Training(learned=replace(everything, model=model), choices=len(rows.sets), shown=shown)


def _figures(moments: Sequence[Moment], category_of: Mapping[str, str]) -> Learned:
    rates, pulls = tap_statistics(moments)
    return Learned(rates=rates, pulls=pulls, moves=move_statistics(moments, category_of))


def _as_of(by_key: Mapping[str, Candidate], earlier: Sequence[Moment], later: Sequence[Moment]) -> dict[str, Candidate]:
    """The candidates with the popularity they had before the later part: else it would know what is to come."""

    def searches(moments: Sequence[Moment]) -> Counter[str]:
        return Counter(fold(query) for _, _, query in {(one.session, one.at, one.query) for one in moments})

    past, future = searches(earlier), searches(later)
    ratio = sum(past.values()) / max(sum(past.values()) + sum(future.values()), 1)
    known = {}
    for key, candidate in by_key.items():
        seen = (past[key] + 1.0) / (past[key] + future[key] + 1.0) / max(ratio, 1e-9)
        known[key] = replace(candidate, popularity=candidate.popularity * seen, store_popularity=())
    return known


class _Rows:
    """Sets of alternatives as they are collected."""

    def __init__(
        self, index: SuggestIndex, before: Mapping[str, Candidate], figures: Learned, settings: RankSettings
    ) -> None:
        self.index = index
        self.sets: list[NDArray[np.float64]] = []
        self.chosen: list[int] = []
        self.weights: list[float] = []
        self._settings = settings
        usual, nothing = usual_cart_rate(list(before.values())), TapRates()
        self._popularity = np.log([max(candidate.popularity, 1e-9) for candidate in before.values()])
        self._static_CD = np.array(
            [
                [static_features(candidate, figures.rates.get(key, nothing), usual)[name] for name in STATIC]
                for key, candidate in before.items()
            ]
        )

    def add_shown(self, moments: Sequence[Moment]) -> int:
        """Choices among what was shown: the tapped one, or none."""
        shown = [moment for moment in moments if moment.shown]
        added = 0
        for moment in shown[-self._settings.most_choices // 2 :]:
            numbers = {fold(text): self.index.number(fold(text)) for text in moment.shown}
            listed = [(place, number) for place, number in enumerate(numbers.values()) if number is not None]
            tapped = numbers.get(fold(moment.tapped)) if moment.tapped else None
            if not listed or (moment.tapped and tapped is None):
                continue
            x_FD = self._features([(1.0, number) for _, number in listed], moment.prefix, moment.previous)
            x_FD[:, -2] = np.log([place + 1 for place, _ in listed])
            none_D = np.zeros((1, x_FD.shape[1]))
            none_D[0, -1] = 1.0
            numbers_in_order = [number for _, number in listed]
            chosen = numbers_in_order.index(tapped) if tapped is not None else len(listed)
            self._add(np.concatenate([x_FD, none_D]), chosen, self._settings.shown_weight)
            added += 1
        return added

    def add_searches(self, moments: Sequence[Moment]) -> None:
        """Choices among all that match what had been typed, or would have been: what was searched for."""
        for moment, prefix in list(_prefixes(moments))[-self._settings.most_choices // 2 :]:
            found: list[Found] = self.index.pool(prefix, store=moment.store)
            wanted = self.index.number(fold(moment.query))
            numbers = [number for _, number in found]
            if wanted in numbers and len(numbers) > 1 and fold(moment.query) != typed_key(prefix).strip():
                self._add(self._features(found, prefix, moment.previous), numbers.index(wanted), 1.0)

    def _features(self, found: list[Found], prefix: str, previous: str) -> NDArray[np.float64]:
        numbers_F = np.array([number for _, number in found])
        # The index was written without a model: what a candidate is worth there is its popularity.
        worth = [(float(np.exp(self._popularity[number])), number) for _, number in found]
        dynamic = self.index.features(worth, prefix, previous)
        columns = [self._popularity[numbers_F], *self._static_CD[numbers_F].T, *(dynamic[name] for name in DYNAMIC)]
        return np.column_stack([*columns, np.zeros((len(found), len(_NUISANCE)))])

    def _add(self, x_FD: NDArray[np.float64], chosen: int, weight: float) -> None:
        self.sets.append(x_FD)
        self.chosen.append(chosen)
        self.weights.append(weight)

    def fit(self, penalty: float) -> NDArray[np.float64]:
        """Weights of all features, the nuisances last."""
        lengths = np.array([len(rows) for rows in self.sets])
        starts_S = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        choices = Choices(
            x_ND=np.concatenate(self.sets),
            starts_S=starts_S,
            chosen_S=starts_S + np.array(self.chosen),
            weight_S=np.array(self.weights),
        )
        return fit_choice(choices, penalty=penalty)


def _prefixes(moments: Sequence[Moment]) -> Iterator[tuple[Moment, str]]:
    """What had been typed at each moment; two beginnings of the query where that was not logged."""
    for moment in moments:
        if moment.prefix:
            yield moment, moment.prefix
        elif len(moment.query) > 2:
            drawn = text_hash(f"{moment.session} {moment.at}")
            for length in {1 + drawn % (len(moment.query) - 1), 1 + (drawn >> 16) % (len(moment.query) - 1)}:
                yield moment, moment.query[:length]
