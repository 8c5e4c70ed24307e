"""Phrases put together from what people call a kind of product and what the shop has of it.

A log of queries has a long tail: "fernwood oat milk", "gluten free bagels", "whole milk 1 gal" are each said by too few
people to be mined, and are together a third of all searches. What they are made of is known: the names of a kind, from
the log; the brands, attributes and sizes of its products in stock, from the catalogue.

How often a phrase is to be expected is the popularity of the name, times how often people add something of that sort to
a name, times the share of the kind's products that have it, times how much more this word is asked for than its share
of products suggests. Each factor is a sum over many queries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisle.suggest.candidates import Candidate
from aisle.suggest.matching import fold
from aisle.suggest.support import Shown, Support
from aisle.text.words import normalize

Sort: TypeAlias = Literal["brand", "brand in short", "attribute", "size"]

_NAMES = 8
"""Most names of one kind."""
_MODIFIERS = 80
"""Most things that are said of one kind."""
_LEAST_SHARE = 0.02
"""A name that people use for a kind less often than this share of the time is left out."""
_SIZE_FIRST = 0.3
_STRENGTH = 3.0
"""Sessions that a word must have been asked for beside expectation before it is believed."""


@dataclass(frozen=True, slots=True)
class _Composed:
    key: str
    text: str
    sort: Sort
    modifier: str
    base: float
    """Popularity of the name, times the share of products."""
    rows: frozenset[int]
    category: str


def compose(
    support: Support, searched: Sequence[Candidate], popularity: Mapping[str, float], most: int
) -> list[Candidate]:
    """The `most` likeliest phrases. `searched` are the mined candidates; `popularity` counts every query by its key."""
    kinds = {category: _modifiers(support, rows) for category, rows in _kinds(support).items()}
    names = _names(searched, {fold(modifier) for modifiers in kinds.values() for _, modifier in modifiers})
    found: dict[str, _Composed] = {}
    for category, rows in _kinds(support).items():
        modifiers = kinds[category]
        whole = names.get(category, {})
        texts = {fold(normalize(category)): 0.5, **whole}
        for name, worth in texts.items():
            words = set(name.split())
            for (sort, modifier), having in modifiers.items():
                added = fold(modifier)
                if not added or not words.isdisjoint(added.split()):
                    continue
                share = len(having) / len(rows)
                ways = [(f"{modifier} {name}", worth * share)]
                if sort == "size":
                    # "whole milk 1 gal" is said more often than "1 gal whole milk".
                    ways = [(f"{name} {modifier}", worth * share), (f"{modifier} {name}", worth * share * _SIZE_FIRST)]
                for text, base in ways:
                    key = fold(text)
                    if key not in found or found[key].base < base:
                        found[key] = _Composed(key, text, sort, added, base, frozenset(having), category)
    return _weighed(list(found.values()), support, popularity, most)


def _names(searched: Sequence[Candidate], added: set[str]) -> dict[str, dict[str, float]]:
    """For each category, what people call it, with sessions. `added` is what is said of products beside their names."""
    names: dict[str, dict[str, float]] = defaultdict(dict)
    for candidate in sorted(searched, key=lambda one: -one.popularity):
        kind = names[candidate.category]
        key = fold(candidate.text)
        # "organic oat milk" is the name "oat milk" with something added; "whole milk" is a name of its own.
        longer = any(
            (key.endswith(f" {name}") and key.removesuffix(f" {name}") in added)
            or (key.startswith(f"{name} ") and key.removeprefix(f"{name} ") in added)
            for name in kind
        )
        enough = candidate.popularity >= _LEAST_SHARE * sum(kind.values())
        if candidate.category and not longer and enough and len(kind) < _NAMES and not any(map(str.isdigit, key)):
            kind[key] = candidate.popularity
    return names


def _kinds(support: Support) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = defaultdict(list)
    for row, product in enumerate(support.products):
        if product.category:
            kinds[product.category[-1]].append(row)
    return kinds


def _modifiers(support: Support, rows: Sequence[int]) -> dict[tuple[Sort, str], set[int]]:
    having: dict[tuple[Sort, str], set[int]] = defaultdict(set)
    for row in rows:
        product = support.products[row]
        if brand := normalize(product.brand):
            having["brand", brand].add(row)
            first = brand.split()[0]
            if first != brand and len(first) > 3:
                having["brand in short", first].add(row)
        for attribute in product.attributes:
            name, _, value = normalize(attribute).rpartition(":")
            value = value.strip()
            if "size" in name.split() or any(map(str.isdigit, value)):
                having["size", value].add(row)
            elif value:
                having["attribute", value].add(row)
    most = Counter({modifier: len(found) for modifier, found in having.items()}).most_common(_MODIFIERS)
    return {modifier: having[modifier] for modifier, _ in most}


def _weighed(
    composed: Sequence[_Composed], support: Support, popularity: Mapping[str, float], most: int
) -> list[Candidate]:
    seen = {one.key: popularity.get(one.key, 0.0) for one in composed}
    asked: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for one in composed:
        asked[one.sort] += seen[one.key]  # type: ignore[assignment]
        possible[one.sort] += one.base  # type: ignore[assignment]
    rate = {sort: (asked[sort] + 1.0) / (possible[sort] + 20.0) for sort in possible}
    by_word: dict[str, list[float]] = defaultdict(lambda: [_STRENGTH, _STRENGTH])
    for one in composed:
        sums = by_word[one.modifier]
        sums[0] += seen[one.key]
        sums[1] += one.base * rate[one.sort]
    expected = {
        one.key: one.base * rate[one.sort] * by_word[one.modifier][0] / by_word[one.modifier][1] for one in composed
    }
    worth = {key: posterior(expected[key], seen[key]) for key in expected}
    best = sorted(composed, key=lambda one: (-worth[one.key], one.key))[:most]
    return [
        Candidate(
            text=one.text,
            popularity=worth[one.key],
            stores=support.stores(one.rows) or (),
            source="catalogue",
            category=one.category,
            image=_picture(support, one.rows).image,
        )
        for one in best
    ]


def _picture(support: Support, rows: frozenset[int]) -> Shown:
    return support.shown(frozenset(sorted(rows)[:8]), {})


def posterior(expected: float, seen: float, strength: float = 1.0) -> float:
    """What to expect after seeing something: the mean of a Gamma distribution updated with a Poisson count."""
    return expected * (strength + seen) / (strength + expected)
