"""Products as rows of a Milvus collection, and filters as expressions over them.

Whatever a filter can ask for as a text is kept as one of the numbers in `facts`, as the lexical index keeps it. So
brands, paths, stores and attributes are compared exactly as they are there, and no text of a request ever stands in an
expression.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.search import analysis
from aisle.search.filter_syntax import And, Filter, InStock, Not, Or, PriceCompare, PriceIn, TextIn, parse_filter
from aisle.search.filters import path_parts
from aisle.search.service import Where
from aisle.shop.product import Product
from aisle.text.words import normalize

KEY = "product"
"""The primary key: `analysis.id_key` as a signed number."""
MOST_FACTS = 4096
"""Longest array that Milvus keeps."""
_ANYWHERE = ("anywhere", "")
_NEVER = "(priced == true and priced == false)"


def row(product: Product, vector_D: NDArray[np.float32], field: str) -> dict[str, Any]:
    """One row; `field` is the name of the vector's. Raises `UserError` for a product with too many facts."""
    facts = sorted(_facts(product))
    if len(facts) > MOST_FACTS:
        raise UserError(
            f"product {product.product_id!r} has {len(facts)} stores, attributes and category levels; "
            f"Milvus keeps {MOST_FACTS} of a product: leave some out, or use the index `local`"
        )
    return {
        KEY: signed(analysis.id_key(product.product_id)),
        "product_id": product.product_id,
        field: vector_D,
        "price": 0.0 if product.price is None else float(product.price),
        "priced": product.price is not None,
        "in_stock": product.in_stock,
        "facts": facts,
    }


def expression(where: Where) -> str:
    """What a request allows as a Milvus expression; empty for everything."""
    condition = parse_filter(where.filter)
    parts = [] if condition is None else [_written(condition)]
    if where.store:
        parts.append(_written(TextIn("store", (where.store,))))
    return " and ".join(parts)


def keys_expression(keys: Iterable[int]) -> str:
    """The products with these keys."""
    return f"{KEY} in [{', '.join(str(signed(key)) for key in keys)}]"


def signed(key: int) -> int:
    """64 bits as Milvus counts them."""
    return key - (1 << 64) if key >= 1 << 63 else key


def unsigned(key: int) -> int:
    """The opposite of `signed`."""
    return key + (1 << 64) if key < 0 else key


def _facts(product: Product) -> set[int]:
    levels = tuple(map(normalize, product.category))
    facts = [("brand", normalize(product.brand))]
    facts += [("category", _path(levels[:depth])) for depth in range(1, len(levels) + 1)]
    facts += [("store", normalize(store)) for store in product.stores] or [_ANYWHERE]
    keys = {signed(analysis.fact_key(*fact)) for fact in facts}
    return keys | {signed(analysis.attribute_key(attribute)) for attribute in product.attributes}


def _path(levels: tuple[str, ...]) -> str:
    return "\x1f".join(levels)


def _written(condition: Filter) -> str:
    match condition:
        case InStock():
            return "in_stock == true"
        case PriceCompare(relation, value):
            if math.isinf(value):
                return "priced == true" if relation.startswith("<") else _NEVER
            # Where the price is unknown both are false, so that `not` means what it says.
            return f"(priced == true and price {relation} {value!r})"
        case PriceIn(values):
            finite = ", ".join(repr(value) for value in values if math.isfinite(value))
            return f"(priced == true and price in [{finite}])" if finite else _NEVER
        case TextIn("product_id", values):
            return keys_expression(analysis.id_key(value) for value in values)
        case TextIn(field, values):
            wanted = sorted({signed(key) for key in _wanted(field, values)})
            return f"array_contains_any(facts, [{', '.join(map(str, wanted))}])"
        case Not(part):
            return f"(not ({_written(part)}))"
        case And(parts):
            return f"({' and '.join(map(_written, parts))})"
        case Or(parts):
            return f"({' or '.join(map(_written, parts))})"


def _wanted(field: str, values: tuple[str, ...]) -> list[int]:
    """The facts of which a product must have one."""
    if field == "brand":
        return [analysis.fact_key("brand", normalize(value)) for value in values]
    if field == "category":
        return [analysis.fact_key("category", _path(path_parts(value))) for value in values]
    if field == "store":
        # A product that names no store is in every one.
        return [analysis.fact_key(*_ANYWHERE), *(analysis.fact_key("store", normalize(value)) for value in values)]
    name = field.partition(".")[2]
    return [analysis.attribute_key(f"{name}: {value}" if name else value) for value in values]
