"""Pairs of query and product, read, checked, counted, and numbered.

Legend: P pairs, Q queries, N products.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.tables import BadRow, open_table
from aisle.tasks.two_tower.settings import TwoTowerSettings

RELEVANCE_FROM = 2.33
"""Two of three raters said that it fits perfectly or partially: the noisy pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wares:
    """The products that may be found. One entry a product in every list."""

    product_ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    """What the product tower reads."""
    brands: tuple[str, ...]
    """Empty where there is none."""
    categories: tuple[str, ...]
    """The leaf; empty where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RatedPair:
    """One row of a file of pairs, or one mined pair."""

    query: str
    product_id: str
    weight: float = math.nan
    """How good an answer; NaN where nothing says so."""
    high: bool | None = None
    """Whether it is of high quality, where the source says so itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """What is trained on."""

    queries: tuple[str, ...]
    """Every distinct query once."""
    pairs_P2: NDArray[np.int64]
    """Number of the query and of the product."""
    high_P: NDArray[np.bool_]
    """Which pairs are of high quality."""
    known: NDArray[np.int64]
    """All right pairs as `query * number of products + product`, sorted."""
    wrong: Mapping[int, NDArray[np.int64]] = field(default_factory=dict)
    """Products known to be wrong answers, by query."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows read, and what became of them."""

    def __len__(self) -> int:
        return len(self.pairs_P2)

    def of_high_quality(self) -> Pairs:
        """Only those; all right pairs stay known.

        Raises
            UserError: there are none.
        """
        if not self.high_P.any():
            raise UserError(
                "no pair is of high quality, which the second stage of a cascade needs; lower --weight, "
                "give the pairs a column weight or quality, or use --stages single"
            )
        return Pairs(
            queries=self.queries,
            pairs_P2=self.pairs_P2[self.high_P],
            high_P=self.high_P[self.high_P],
            known=self.known,
            wrong=self.wrong,
            counts=self.counts,
        )


def read_pairs(path: str | Path, settings: TwoTowerSettings) -> Iterator[RatedPair]:
    """The rows of a table with `query` and `product_id`, and `weight` or `relevance`, and `quality`, where it has them.

    Raises
        UserError: a column is missing, or a row cannot be read; with its line.
    """
    table = open_table(path)
    missing = [name for name in ("query", "product_id") if name not in table.columns]
    if missing:
        there = ", ".join(table.columns)
        raise UserError(f"{path} has no column {missing[0]!r}; it needs query and product_id, and has {there}")
    graded = next((name for name in ("weight", "relevance") if name in table.columns), "")
    for row in table.rows:
        place = f"{path}, line {row.line}"
        if isinstance(row, BadRow):
            raise UserError(f"{place}: {row.reason}; mend or remove this row")
        yield RatedPair(
            query=_text(row.values, "query", place),
            product_id=_text(row.values, "product_id", place),
            weight=_number(row.values, graded, place) if graded else math.nan,
            high=str(row.values["quality"]) == "high" if row.values.get("quality") else None,
        )


def judged(path: str | Path) -> bool:
    """Whether the pairs are graded by people (`relevance`) and not by a log (`weight`)."""
    columns = open_table(path).columns
    return "relevance" in columns and "weight" not in columns


def number_pairs(
    rows: Iterable[RatedPair], product_ids: Sequence[str], settings: TwoTowerSettings, *, by_people: bool
) -> Pairs:
    """Pairs with numbers in place of names. Of a pair that is there twice the greater weight counts.

    Raises
        UserError: no pair is left to train on; the message says what became of them.
    """
    places = {product_id: place for place, product_id in enumerate(product_ids)}
    numbers: dict[str, int] = {}
    found: dict[tuple[int, int], RatedPair] = {}
    counts = dict.fromkeys(("rows", "unknown_products", "repeated"), 0)
    for row in rows:
        counts["rows"] += 1
        product = places.get(row.product_id)
        if product is None:
            counts["unknown_products"] += 1
            continue
        key = (numbers.setdefault(row.query.strip(), len(numbers)), product)
        counts["repeated"] += key in found
        if key not in found or not found[key].weight >= row.weight:
            found[key] = row
    least = settings.least_weight if settings.least_weight is not None else RELEVANCE_FROM if by_people else -math.inf
    kept = {key: row for key, row in found.items() if math.isnan(row.weight) or row.weight >= least}
    counts |= {"below_least_weight": len(found) - len(kept), "pairs": len(kept)}
    if not kept:
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        raise UserError(f"no pair is left to train on ({told}); look at product_id and --least-weight")
    wrong: dict[int, list[int]] = {}
    if by_people:
        for (query, product), row in found.items():
            if row.weight <= settings.irrelevant and (query, product) not in kept:
                wrong.setdefault(query, []).append(product)
    pairs_P2 = np.array(list(kept), np.int64)
    high_P = _high(list(kept.values()), settings)
    counts |= {"high_quality": int(high_P.sum()), "wrong_answers": sum(map(len, wrong.values()))}
    return Pairs(
        queries=tuple(numbers),
        pairs_P2=pairs_P2,
        high_P=high_P,
        known=np.sort(pairs_P2[:, 0] * len(product_ids) + pairs_P2[:, 1]),
        wrong={query: np.array(products, np.int64) for query, products in wrong.items()},
        counts=counts,
    )


def check_products(pairs: Pairs, product_ids: Sequence[str]) -> None:
    """Refuse to train on pairs of one product alone: there is nothing to tell it from.

    Raises
        UserError: naming that product.
    """
    products = np.unique(pairs.pairs_P2[:, 1])
    if len(products) == 1:
        raise UserError(
            f"every pair is of the same product, {product_ids[products[0]]}, so there is nothing to tell it from; "
            "check how products were logged, or give pairs of others too"
        )


def _high(rows: Sequence[RatedPair], settings: TwoTowerSettings) -> NDArray[np.bool_]:
    weights_P = np.array([row.weight for row in rows], np.float64)
    if settings.weight is None and any(row.high is not None for row in rows):
        return np.array([bool(row.high) for row in rows])
    if np.isnan(weights_P).all():
        # Nothing tells better pairs from worse ones, so none is better.
        return np.zeros(len(rows), bool)
    least = settings.weight if settings.weight is not None else float(np.nanmax(weights_P))
    return weights_P >= least


def _text(values: Mapping[str, Any], column: str, place: str) -> str:
    text = str(values.get(column) if values.get(column) is not None else "").strip()
    if not text:
        raise UserError(f"{place}: column {column!r} is empty; fill it in or remove this row")
    return text


def _number(values: Mapping[str, Any], column: str, place: str) -> float:
    try:
        number = float(values[column])
    except (TypeError, ValueError, KeyError):
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{place}: {column} is {values.get(column)!r}; it must be a number; mend this row")
    return number
