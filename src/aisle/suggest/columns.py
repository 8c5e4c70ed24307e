"""What an index holds of each candidate beside its text.

Letters: C candidates, D pairs of duplicates, T taps, K categories.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.suggest.candidates import Candidate
from aisle.suggest.literal import known_departments, same_families
from aisle.suggest.matching import fold
from aisle.suggest.model import STATIC, Learned, TapRates, static_features
from aisle.suggest.words import text_hash

_MOST_CATEGORIES = 4096
"""More kinds than these have no table of moves between them: it would be larger than all the rest."""


def usual_cart_rate(listed: Sequence[Candidate]) -> float:
    """The cart rate that stands in where none is known: the geometric mean of those that are."""
    known = [candidate.cart_rate for candidate in listed if candidate.cart_rate > 0]
    return float(np.exp(np.mean(np.log(known)))) if known else 0.0


def static_worth(keys: Sequence[str], listed: Sequence[Candidate], learned: Learned) -> NDArray[np.float64]:
    """What each candidate is worth beside its popularity, as a logarithm, (C,)."""
    weights = {name: learned.model.weight(name) for name in STATIC}
    if not any(weights.values()):
        return np.zeros(len(keys))
    usual, nothing = usual_cart_rate(listed), TapRates()
    worth = []
    for key, candidate in zip(keys, listed, strict=True):
        features = static_features(candidate, learned.rates.get(key, nothing), usual)
        worth.append(sum(weights[name] * value for name, value in features.items()))
    return np.array(worth)


def store_worth(store: str, members: Sequence[Candidate], learned: Learned) -> NDArray[np.float64]:
    """What a store's own cart rates add to what its candidates are worth elsewhere."""
    weight = learned.model.weight("cart")
    ratios = [
        own / candidate.cart_rate
        if candidate.cart_rate > 0 and (own := dict(candidate.store_cart_rates).get(store))
        else 1
        for candidate in members
    ]
    worth: NDArray[np.float64] = weight * np.log(np.array(ratios, np.float64))
    return worth


def category_names(listed: Sequence[Candidate]) -> dict[str, int]:
    """Every kind with its place; the empty one first."""
    names = ["", *sorted({candidate.category for candidate in listed} - {""})]
    # Beyond what 16 bits count, a kind is not shown.
    places = dict.fromkeys(names, 0)
    return places | {name: place for place, name in enumerate(names[: 1 << 16])}


def twin_arrays(
    keys: Sequence[str],
    listed: Sequence[Candidate],
    twins: Mapping[str, Collection[str]],
    apart: Collection[tuple[str, str]],
    departments: Mapping[str, str],
) -> dict[str, NDArray[Any]]:
    """For each candidate those that say the same: by its words, or by what `twins` says.

    `departments` names for a kind of product the department that it belongs to.
    """
    places = {key: place for place, key in enumerate(keys)}
    said: dict[int, set[int]] = {}
    about = known_departments(keys, [one.category for one in listed], departments)
    for family in same_families(keys, about):
        for place in family:
            said.setdefault(place, set()).update(family)
    for key, others in twins.items():
        if key in places:
            for other in others:
                if other in places:
                    said.setdefault(places[key], set()).add(places[other])
                    said.setdefault(places[other], set()).add(places[key])
    lengths = np.zeros(len(keys) + 1, np.int64)
    flat: list[int] = []
    for place in sorted(said):
        twins_of = sorted(
            other for other in said[place] - {place} if not apart or (keys[place], keys[other]) not in apart
        )
        lengths[place + 1] = len(twins_of)
        flat.extend(twins_of)
    return {"twin-ends": np.cumsum(lengths).astype(np.uint32), "twins": np.array(flat, np.uint32)}


def tap_arrays(keys: Sequence[str], learned: Learned) -> dict[str, NDArray[Any]]:
    """The pull of pairs of a typed key and a candidate, sorted by their hash and number."""
    places = {key: place for place, key in enumerate(keys)}
    pairs = {
        text_hash(typed) << 32 | places[fold(key)]: pull
        for (typed, key), pull in learned.pulls.items()
        if key in places
    }
    order = sorted(pairs)
    return {
        "tap-pairs": np.array(order, np.uint64),
        "tap-values": np.array([pairs[pair] for pair in order], np.float32),
    }


def move_arrays(categories: Sequence[str], learned: Learned) -> dict[str, NDArray[Any]]:
    """The table of moves between kinds, (K, K); empty where nothing is known of them."""
    if not learned.moves or len(categories) > _MOST_CATEGORIES:
        return {"moves": np.empty(0, np.float32)}
    places = {name: place for place, name in enumerate(categories)}
    moves_KK = np.zeros((len(categories), len(categories)), np.float32)
    for (before, after), pull in learned.moves.items():
        if before in places and after in places:
            moves_KK[places[before], places[after]] = pull
    return {"moves": moves_KK.reshape(-1)}
