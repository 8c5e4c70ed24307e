"""How many of the results carry each value of a field.

Legend: C results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from aisle.search.columns import Columns

MOST_VALUES = 100
"""Values shown of one facet, the most frequent."""
_PATH_SIGN = " > "


def count_facets(parts: Iterable[tuple[Columns, NDArray[np.int64]]]) -> dict[str, dict[str, int]]:
    """Counts over the results of all parts of an index: by department, category path, brand, store and stock.

    A product without a brand or category is counted under none; one that names no store is counted under every store.
    """
    paths: Counter[str] = Counter()
    brands: Counter[str] = Counter()
    stores: Counter[str] = Counter()
    stock: Counter[str] = Counter()
    everywhere = 0
    for columns, results_C in parts:
        for path, count in _counted(columns.categories_N[results_C]):
            for level in columns.ancestors[path]:
                paths[level] += count
        for brand, count in _counted(columns.brands_N[results_C]):
            brands[columns.brands[brand]] += count
        # A store that names no product of its own still carries what every store carries.
        stores.update(dict.fromkeys(columns.stores, 0))
        for store_list, count in _counted(columns.stores_N[results_C]):
            named = columns.store_lists[store_list]
            stores.update(dict.fromkeys(named, count))
            everywhere += 0 if named else count
        available = int(columns.in_stock_N[results_C].sum())
        stock.update({"in_stock": available, "out_of_stock": len(results_C) - available})
    del brands[""]
    stores.update(dict.fromkeys(stores, everywhere))
    departments = Counter({path: count for path, count in paths.items() if _PATH_SIGN not in path})
    found = {"category": departments, "category_path": paths, "brand": brands, "store": stores, "stock": stock}
    return {name: _most(counts) for name, counts in found.items()}


def _counted(places_C: NDArray[np.int32]) -> list[tuple[int, int]]:
    counts = np.bincount(places_C)
    places = np.flatnonzero(counts)
    return list(zip(places.tolist(), counts[places].tolist(), strict=True))


def _most(counts: Counter[str]) -> dict[str, int]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {value: count for value, count in ranked[:MOST_VALUES] if count}
