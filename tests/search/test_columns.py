from __future__ import annotations

from pathlib import Path

import numpy as np

from aisle.search.columns import Columns
from tests.search.catalogue import PRODUCTS


def test_files_hold_every_fact(tmp_path: Path) -> None:
    Columns.build(PRODUCTS).save(tmp_path)
    columns = Columns.open(tmp_path)
    assert len(columns) == len(PRODUCTS)
    for number, product in enumerate(PRODUCTS):
        price = columns.prices_N[number]
        assert (None if np.isnan(price) else price) == product.price
        assert bool(columns.in_stock_N[number]) == product.in_stock
        assert columns.brands[columns.brands_N[number]] == product.brand
        assert columns.categories[columns.categories_N[number]] == product.category
        assert columns.store_lists[columns.stores_N[number]] == product.stores
    assert columns.stores == ["north", "south"]
    assert ["Dairy", "Dairy > Milk"] in columns.ancestors
