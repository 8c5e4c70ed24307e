"""How many of the results carry each value of a field.

Legend: C results.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

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
    # Plain dictionaries: adding to a Counter takes five times as long, and every search pays for it.
    paths: dict[str, int] = {}
    brands: dict[str, int] = {}
    stores: dict[str, int] = {}
    in_stock = total = everywhere = 0
    for columns, results_C in parts:
        for path, count in _counted(columns.categories_N[results_C]):
            for level in columns.ancestors[path]:
                paths[level] = paths.get(level, 0) + count
        for brand, count in _counted(columns.brands_N[results_C]):
            name = columns.brands[brand]
            brands[name] = brands.get(name, 0) + count
        for store in columns.stores:
            stores.setdefault(store, 0)
        for store_list, count in _counted(columns.stores_N[results_C]):
            for store in columns.store_lists[store_list]:
                stores[store] += count
            everywhere += 0 if columns.store_lists[store_list] else count
        in_stock += int(columns.in_stock_N[results_C].sum())
        total += len(results_C)
    brands.pop("", None)
    found = {
        "category": {path: count for path, count in paths.items() if _PATH_SIGN not in path},
        "category_path": paths,
        "brand": brands,
        "store": {store: count + everywhere for store, count in stores.items()},
        "stock": {"in_stock": in_stock, "out_of_stock": total - in_stock},
    }
    return {name: _most(counts) for name, counts in found.items()}


def _counted(places_C: NDArray[np.int32]) -> list[tuple[int, int]]:
    counts = np.bincount(places_C)
    places = np.flatnonzero(counts)
    return list(zip(places.tolist(), counts[places].tolist(), strict=True))


def _most(counts: dict[str, int]) -> dict[str, int]:
    # Sorted by name first: the second sort leaves equal counts in that order.
    named = sorted((value, count) for value, count in counts.items() if count)
    return dict(sorted(named, key=itemgetter(1), reverse=True)[:MOST_VALUES])
