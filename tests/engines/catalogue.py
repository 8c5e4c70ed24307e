"""A generated catalogue with every kind of fact that filters ask for, and vectors that lie in clusters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aisle.shop.product import Product

DIM = 24
ENCODER = "5e" * 32
OTHER = "07" * 32
BRANDS = ("Fernwood", "Crème d'Or", 'The "Good" Mill', "", "北の店")
PATHS = (("Dairy", "Milk"), ("Dairy", "Cheese", "Hard"), ("Bread",), (), ("Dairy > Eggs", "Brown"))
STORES = ((), ("north",), ("north", "South"), ("east",))
THINGS = ("milk", "cheddar", "loaf", "butter", "cracker", "jam", "oats")


def products(count: int) -> list[Product]:
    """The same for the same count."""
    random = np.random.default_rng(11)
    return [
        Product(
            product_id=f"p-{number:05}" if number % 50 else f"odd \"{number}'] or true",
            title=f"{THINGS[number % len(THINGS)]} number {number}",
            brand=BRANDS[int(random.integers(len(BRANDS)))],
            category=PATHS[int(random.integers(len(PATHS)))],
            attributes=tuple(name for name in ("organic", "size: 1 gal", "vegan") if random.random() < 0.3),
            price=None if random.random() < 0.15 else round(float(random.integers(0, 40)) / 4, 2),
            stores=STORES[int(random.integers(len(STORES)))],
            in_stock=bool(random.random() < 0.7),
        )
        for number in range(count)
    ]


def vectors(count: int, *, seed: int = 3) -> NDArray[np.float32]:
    """Unit length, about twenty to a cluster."""
    random = np.random.default_rng(seed)
    centers = random.normal(size=(max(2, count // 20), DIM))
    rows_ND = centers[random.integers(len(centers), size=count)] + 0.5 * random.normal(size=(count, DIM))
    return unit(rows_ND)


def unit(rows_ND: NDArray[np.float64]) -> NDArray[np.float32]:
    """The rows at length 1."""
    return (rows_ND / np.linalg.norm(rows_ND, axis=-1, keepdims=True)).astype(np.float32)


def priced(passes: Callable[[float], bool]) -> Callable[[Product], bool]:
    """Products with a known price that passes."""
    return lambda product: product.price is not None and passes(product.price)


def carried(store: str) -> Callable[[Product], bool]:
    """Products of one store, and those of every store."""
    return lambda product: not product.stores or store in [name.lower() for name in product.stores]


FILTERS: dict[str, Callable[[Product], bool]] = {
    "in_stock": lambda product: product.in_stock,
    "not in_stock": lambda product: not product.in_stock,
    "price < 2.5": priced(lambda price: price < 2.5),
    "not price < 2.5": lambda product: product.price is None or product.price >= 2.5,
    "price >= 7.25 and price <= 7.25": priced(lambda price: price == 7.25),
    "price in (1, 2.5, 9.75)": priced(lambda price: price in (1, 2.5, 9.75)),
    "price != 0": lambda product: product.price is None or product.price != 0,
    'brand = "FERNWOOD"': lambda product: product.brand == "Fernwood",
    'brand = "creme d\'or"': lambda product: product.brand == "Crème d'Or",
    "brand = 'The \"Good\" Mill'": lambda product: product.brand == 'The "Good" Mill',
    'brand = ""': lambda product: product.brand == "",
    'brand not in ("北の店", "fernwood")': lambda product: product.brand not in ("北の店", "Fernwood"),
    'category = "dairy"': lambda product: product.category[:1] == ("Dairy",),
    'category = "Dairy > Cheese"': lambda product: product.category[:2] == ("Dairy", "Cheese"),
    'category != "Bread"': lambda product: product.category[:1] != ("Bread",),
    'store = "south"': carried("south"),
    'not store in ("north", "east")': lambda product: (
        bool(product.stores) and not {"north", "east"} & {name.lower() for name in product.stores}
    ),
    'attribute = "organic"': lambda product: "organic" in product.attributes,
    'attribute.size = "1 GAL" and attribute != "vegan"': lambda product: (
        "size: 1 gal" in product.attributes and "vegan" not in product.attributes
    ),
    'product_id in ("p-00007", "p-00008", "P-00009")': lambda product: product.product_id in ("p-00007", "p-00008"),
    'product_id = "nothing"': lambda product: False,
    'in_stock and (brand = "Fernwood" or price > 8) and not category = "Bread"': lambda product: (
        product.in_stock
        and (product.brand == "Fernwood" or (product.price or 0) > 8)
        and product.category[:1] != ("Bread",)
    ),
}
"""Filters, and the same in Python."""
