"""The products' facts as columns, for filters and facets.

Brands, category paths and lists of stores repeat, so each product has the place of its own in a list of distinct ones.

Legend: N products.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aisle.files.atomic import write_atomic
from aisle.search.storage import open_arrays, read_facts, save_arrays
from aisle.shop.product import Product

_Value = TypeVar("_Value", bound=Hashable)


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """Facts of all products, read-only."""

    prices_N: NDArray[np.float64]
    """NaN where the price is unknown: it then stands in no relation to any number."""
    in_stock_N: NDArray[np.bool_]
    brands_N: NDArray[np.int32]
    """Places in `brands`."""
    categories_N: NDArray[np.int32]
    """Places in `categories`."""
    stores_N: NDArray[np.int32]
    """Places in `store_lists`."""
    popularity_N: NDArray[np.float32]
    """From 0, never put into a cart that the log knows of, to 1, put into carts most often; logarithmic."""
    brands: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    store_lists: tuple[tuple[str, ...], ...]

    @classmethod
    def build(cls, products: Sequence[Product], carts: Mapping[str, int] | None = None) -> Columns:
        """The columns of these products; `carts` says by product id how many sessions put each into a cart."""
        brands, brands_N = _distinct(products, lambda product: product.brand)
        categories, categories_N = _distinct(products, lambda product: product.category)
        store_lists, stores_N = _distinct(products, lambda product: product.stores)
        return cls(
            prices_N=np.array([np.nan if product.price is None else product.price for product in products], np.float64),
            in_stock_N=np.array([product.in_stock for product in products], np.bool_),
            brands_N=brands_N,
            categories_N=categories_N,
            stores_N=stores_N,
            popularity_N=_popularity(products, carts or {}),
            brands=brands,
            categories=categories,
            store_lists=store_lists,
        )

    def save(self, directory: Path) -> None:
        """Write columns.json and the files columns_*."""
        save_arrays(directory, "columns", self)
        lists = {"brands": self.brands, "categories": self.categories, "store_lists": self.store_lists}
        write_atomic(directory / "columns.json", json.dumps(lists, ensure_ascii=False))

    @classmethod
    def open(cls, directory: Path) -> Columns:
        """Map the files of `save` into memory."""
        lists = read_facts(directory / "columns.json")
        return open_arrays(
            cls,
            directory,
            "columns",
            brands=tuple(lists["brands"]),
            categories=tuple(map(tuple, lists["categories"])),
            store_lists=tuple(map(tuple, lists["store_lists"])),
        )

    def __len__(self) -> int:
        return len(self.prices_N)

    @cached_property
    def stores(self) -> list[str]:
        """All stores that any product names, sorted."""
        return sorted({store for stores in self.store_lists for store in stores})

    @cached_property
    def ancestors(self) -> list[list[str]]:
        """For each category path, the path to each of its levels: "Dairy", "Dairy > Milk"."""
        return [[" > ".join(path[: depth + 1]) for depth in range(len(path))] for path in self.categories]


def _popularity(products: Sequence[Product], carts: Mapping[str, int]) -> NDArray[np.float32]:
    most = max(carts.values(), default=0)
    logs_N = np.log1p(np.array([carts.get(product.product_id, 0) for product in products], np.float32))
    return (logs_N / np.float32(np.log1p(most))).astype(np.float32) if most else logs_N


def _distinct(
    products: Sequence[Product], value: Callable[[Product], _Value]
) -> tuple[tuple[_Value, ...], NDArray[np.int32]]:
    places: dict[_Value, int] = {}
    column = [places.setdefault(value(product), len(places)) for product in products]
    return tuple(places), np.array(column, np.int32)
