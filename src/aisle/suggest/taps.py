"""What the log of the suggestion box says: what is tapped more often than its place in the list explains.

A suggestion in the first place is tapped because it is good and because it is first. So taps are compared with what was
to be expected from the places alone: the share of taps at each place, over all suggestions, after prefixes of that
length. What stood above a tapped one was surely seen, and skipped.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from aisle.shop.query_log import Moment
from aisle.suggest.matching import fold, typed_key
from aisle.suggest.model import TapRates

_STRENGTH = 2.0
"""Expected taps that must be seen beside what is expected before a difference is believed."""
_LEAST_SHOWN = 3
"""Times a pair of prefix and suggestion must have been shown to have a figure of its own."""
_LONGEST = 8
"""Prefixes of more characters share their expectation."""


def tap_statistics(
    moments: Iterable[Moment],
) -> tuple[dict[str, TapRates], dict[tuple[str, str], float]]:
    """Figures by suggestion, and by typed key and suggestion; both by keys."""
    listed = [moment for moment in moments if moment.shown]
    usual = _usual(listed)
    taps: Counter[str] = Counter()
    expected: dict[str, float] = defaultdict(float)
    seen: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    pair_taps: Counter[tuple[str, str]] = Counter()
    pair_expected: dict[tuple[str, str], float] = defaultdict(float)
    pair_shown: Counter[tuple[str, str]] = Counter()
    for moment in listed:
        typed, length = typed_key(moment.prefix), _length(moment.prefix)
        tapped_at = moment.shown.index(moment.tapped) if moment.tapped in moment.shown else -1
        for place, text in enumerate(moment.shown):
            key, tapped = fold(text), place == tapped_at
            taps[key] += tapped
            expected[key] += usual[length, place]
            pair_taps[typed, key] += tapped
            pair_expected[typed, key] += usual[length, place]
            pair_shown[typed, key] += 1
            # The first one is always seen.
            if place <= max(tapped_at, 0):
                seen[key] += 1
                skipped[key] += not tapped
    average = sum(skipped.values()) / max(sum(seen.values()), 1)
    rates = {
        key: TapRates(
            taps=_pull(taps[key], expected[key]),
            skips=(skipped[key] + _STRENGTH * average) / (seen[key] + _STRENGTH) - average,
        )
        for key in expected
    }
    pulls = {
        pair: _pull(pair_taps[pair], pair_expected[pair]) for pair, shown in pair_shown.items() if shown >= _LEAST_SHOWN
    }
    return rates, pulls


def _usual(listed: Sequence[Moment]) -> Mapping[tuple[int, int], float]:
    """Share of taps by length of the prefix and place."""
    shown: Counter[tuple[int, int]] = Counter()
    tapped: Counter[tuple[int, int]] = Counter()
    for moment in listed:
        length = _length(moment.prefix)
        for place, text in enumerate(moment.shown):
            shown[length, place] += 1
            tapped[length, place] += bool(moment.tapped) and text == moment.tapped
    return {where: tapped[where] / count for where, count in shown.items()}


def _length(prefix: str) -> int:
    return min(len(prefix), _LONGEST)


def _pull(taps: float, expected: float) -> float:
    return math.log((taps + _STRENGTH) / (expected + _STRENGTH))


def move_statistics(moments: Iterable[Moment], category_of: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """By two kinds of product: log of how much likelier the second is searched for right after the first."""
    moves: Counter[tuple[str, str]] = Counter()
    told: set[tuple[str, int]] = set()
    for moment in moments:
        if not moment.previous or (moment.session, moment.at) in told:
            continue
        told.add((moment.session, moment.at))
        before, after = kind_of(moment.previous, category_of), kind_of(moment.query, category_of)
        if before and after:
            moves[before, after] += 1
    befores: Counter[str] = Counter()
    afters: Counter[str] = Counter()
    for (before, after), count in moves.items():
        befores[before] += count
        afters[after] += count
    total = max(sum(moves.values()), 1)
    return {
        (before, after): _pull(count, befores[before] * afters[after] / total)
        for (before, after), count in moves.items()
    }


def kind_of(text: str, category_of: Mapping[str, str]) -> str:
    """The kind of a query, or of the longest of its endings that has one: "fernwood oat milk" is oat milk."""
    words = fold(text).split()
    for at in range(len(words)):
        if category := category_of.get(" ".join(words[at:]), ""):
            return category
    return ""
