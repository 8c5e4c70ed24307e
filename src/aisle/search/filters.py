"""Which products pass a filter: exact, worked out over all of them before anything is ranked.

Legend: N products.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.search import analysis
from aisle.search.columns import Columns
from aisle.search.filter_syntax import And, Filter, InStock, Not, Or, PriceCompare, PriceIn, TextIn
from aisle.search.inverted import InvertedIndex
from aisle.text.words import normalize

_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PATH_SIGN = re.compile(r"\s*>\s*")


def passing(condition: Filter, columns: Columns, inverted: InvertedIndex) -> NDArray[np.bool_]:
    """A mask over the products, (N,)."""
    match condition:
        case InStock():
            return columns.in_stock_N
        case PriceCompare(relation, value):
            passing_N: NDArray[np.bool_] = _RELATIONS[relation](columns.prices_N, value)
            return passing_N
        case PriceIn(values):
            return np.isin(columns.prices_N, values)
        case TextIn(field, values):
            return _text(field, values, columns, inverted)
        case Not(part):
            return ~passing(part, columns, inverted)
        case And(parts):
            return reduce(np.logical_and, (passing(part, columns, inverted) for part in parts))
        case Or(parts):
            return reduce(np.logical_or, (passing(part, columns, inverted) for part in parts))


def carried_by(store: str, columns: Columns) -> NDArray[np.bool_]:
    """A mask of the products that a store carries; products that name no store are in every one."""
    wanted = normalize(store)
    return _where(
        columns.stores_N,
        (not stores or any(normalize(one) == wanted for one in stores) for stores in columns.store_lists),
    )


def path_parts(path: str) -> tuple[str, ...]:
    """ "Dairy > Milk" as its levels, normalised."""
    return tuple(normalize(part) for part in _PATH_SIGN.split(path.strip()))


def _text(field: str, values: tuple[str, ...], columns: Columns, inverted: InvertedIndex) -> NDArray[np.bool_]:
    if field == "brand":
        brands = {normalize(value) for value in values}
        return _where(columns.brands_N, (normalize(brand) in brands for brand in columns.brands))
    if field == "category":
        paths = [path_parts(value) for value in values]
        return _where(columns.categories_N, (_is_below(path, paths) for path in columns.categories))
    if field == "store":
        return reduce(np.logical_or, (carried_by(value, columns) for value in values))
    if field == "product_id":
        keys = [analysis.id_key(value) for value in values]
    else:
        name = field.partition(".")[2]
        keys = [analysis.attribute_key(f"{name}: {value}" if name else value) for value in values]
    held_N = np.zeros(len(columns), np.bool_)
    for key in keys:
        held_N[inverted.postings(key)[0]] = True
    return held_N


def _is_below(path: tuple[str, ...], wanted: list[tuple[str, ...]]) -> bool:
    levels = tuple(map(normalize, path))
    return any(levels[: len(parts)] == parts for parts in wanted)


def _where(places_N: NDArray[np.int32], holds: Iterable[bool]) -> NDArray[np.bool_]:
    # Decided once for each distinct value, then looked up for every product.
    return np.fromiter(holds, np.bool_)[places_N]
