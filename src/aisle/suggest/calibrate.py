"""How close two suggestions may be: the threshold, chosen on pairs of which it is known whether they mean the same.

Letters: N pairs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.tables import BadRow, read_rows
from aisle.shop.product import Product
from aisle.shop.sample.needs import Need, sample_needs, true_relevance
from aisle.shop.sample.phrasing import phrases
from aisle.suggest.making import Encode
from aisle.suggest.matching import fold
from aisle.suggest.needs import Guard, Sense

LOWEST = 0.75
"""A threshold is never lower: below it the pairs at hand are too few to know."""
MARGIN = 0.02
"""How far above the closest pair of different things, of those that the guard lets through."""
_SAYINGS = 4
_WAYS = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and whether one of them is enough."""

    one: str
    other: str
    same: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """The threshold, and what it does on the pairs it was chosen on."""

    threshold: float
    pairs: int
    same: int
    """Of the pairs, those that mean the same."""
    merged: int
    """Of those, the ones that are recognised."""
    dangerous: int
    """Pairs of different things that are taken for the same."""
    cosine_alone_threshold: float
    """The lowest threshold without a dangerous merge if nothing but the cosine decided."""
    cosine_alone_merged: int
    """Pairs that would be recognised then."""
    missed: list[tuple[str, str, float, str]]
    """The pairs that mean the same and are not recognised, with their cosine and the reason."""
    mistaken: list[tuple[str, str, float]]
    """The dangerous merges."""


def labelled_pairs(path: str | Path | None = None) -> list[Pair]:
    """Pairs from a table with the columns `one`, `other` and `same` (1 or 0); without a path, those of aisle.

    Raises UserError for a row that makes no sense.
    """
    source = Path(str(files("aisle.suggest") / "pairs.tsv")) if path is None else path
    pairs = []
    for row in read_rows(source):
        if isinstance(row, BadRow):
            raise UserError(f"{source}, line {row.line}: {row.reason}")
        one, other, same = (str(row.values.get(name) or "") for name in ("one", "other", "same"))
        if not fold(one) or not fold(other) or same not in ("0", "1"):
            raise UserError(f"{source}, line {row.line}: a row needs `one`, `other` and `same`, which is 1 or 0")
        pairs.append(Pair(one, other, same == "1"))
    if not any(pair.same for pair in pairs) or all(pair.same for pair in pairs):
        raise UserError(f"{source} needs pairs that mean the same and pairs that do not")
    return pairs


def simulated_pairs(products: Sequence[Product], *, most: int) -> list[Pair]:
    """Pairs of the sample shop, whose needs are known: ways to say one need, and the likeliest mix-ups of two.

    Two needs are different where no product in ten satisfies both of those that satisfy either.
    """
    needs = sample_needs(products)[:most]
    pairs: dict[tuple[str, str], bool] = {}
    kinds: dict[tuple[str, ...], list[Need]] = {}
    for need in needs:
        said = [text for text, _ in phrases(need)[:_SAYINGS]]
        pairs.update(dict.fromkeys(itertools.combinations(said, 2), True))
        kinds.setdefault(need.kinds, []).append(need)
    by_kind: dict[str, list[Product]] = {}
    for product in products:
        by_kind.setdefault(product.category[-1] if product.category else "", []).append(product)
    for members in kinds.values():
        for one, other in itertools.islice(itertools.combinations(members, 2), _WAYS * len(members)):
            if _different(one, other, [product for kind in one.kinds for product in by_kind.get(kind, [])]):
                key = phrases(one)[0][0], phrases(other)[0][0]
                pairs.setdefault(key, False)
    meaning: dict[str, set[str]] = {}
    for need in needs:
        for text, _ in phrases(need):
            meaning.setdefault(text, set()).add(need.name)
    # What is said for both needs is no mix-up.
    return [
        Pair(one, other, same)
        for (one, other), same in pairs.items()
        if fold(one) != fold(other) and (same or not meaning[one] & meaning[other])
    ]


def _different(one: Need, other: Need, products: Iterable[Product]) -> bool:
    both = either = 0
    for product in products:
        first, second = true_relevance(one, product) == 1.0, true_relevance(other, product) == 1.0
        both += first and second
        either += first or second
    return either > 0 and both <= either / 10


def calibrate(
    pairs: Sequence[Pair],
    encode: Encode,
    guard: Guard,
    sense: Callable[[Sequence[str]], Sequence[Sense]] | None = None,
) -> Calibration:
    """Choose the lowest threshold that merges no two different things, with a margin, and say what it finds.

    `sense` says what texts lead to in a shop; without it only their words and the cosine decide.
    """
    cosines_N = _cosines(pairs, encode)
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.one, pair.other)))
    senses: Mapping[str, Sense] = {text: Sense(key=fold(text)) for text in texts}
    if sense is not None:
        senses = dict(zip(texts, sense(texts), strict=True))

    def reasons(threshold: float) -> list[str]:
        return [
            guard.reason(senses[pair.one], senses[pair.other], cosine, threshold)
            for pair, cosine in zip(pairs, cosines_N.tolist(), strict=True)
        ]

    unguarded = [cosine for pair, cosine in zip(pairs, cosines_N.tolist(), strict=True) if not pair.same]
    let_through = [
        cosine
        for pair, cosine, reason in zip(pairs, cosines_N.tolist(), reasons(-1.0), strict=True)
        if not pair.same and not reason
    ]
    threshold = round(min(max([LOWEST, *(cosine + MARGIN for cosine in let_through)]), 1.01), 3)
    final = reasons(threshold)
    alone = max(unguarded, default=1.0)
    found = list(zip(pairs, cosines_N.tolist(), final, strict=True))
    return Calibration(
        threshold=threshold,
        pairs=len(pairs),
        same=sum(pair.same for pair in pairs),
        merged=sum(pair.same and not reason for pair, _, reason in found),
        dangerous=sum(not pair.same and not reason for pair, _, reason in found),
        cosine_alone_threshold=round(alone, 3),
        cosine_alone_merged=sum(pair.same and cosine > alone for pair, cosine, _ in found),
        missed=[
            (pair.one, pair.other, round(cosine, 3), reason) for pair, cosine, reason in found if pair.same and reason
        ],
        mistaken=[
            (pair.one, pair.other, round(cosine, 3)) for pair, cosine, reason in found if not pair.same and not reason
        ],
    )


def _cosines(pairs: Sequence[Pair], encode: Encode) -> NDArray[np.float64]:
    ones_ND, others_ND = encode([pair.one for pair in pairs]), encode([pair.other for pair in pairs])
    cosines_N: NDArray[np.float64] = np.einsum("nd,nd->n", ones_ND, others_ND).astype(np.float64)
    return cosines_N
