"""A small catalogue with vectors, for the tests of search."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.shop.product import Product

DIM = 16

PRODUCTS = (
    Product(
        product_id="FW-2001",
        title="Fernwood Whole Milk, 1 gal",
        brand="Fernwood",
        category=("Dairy", "Milk"),
        attributes=("size: 1 gal", "vitamin D"),
        price=4.29,
        stores=("north", "south"),
    ),
    Product(
        product_id="FW-2002",
        title="Fernwood 2% Reduced Fat Milk, 1 gal",
        brand="Fernwood",
        category=("Dairy", "Milk"),
        attributes=("size: 1 gal", "organic"),
        price=4.49,
        stores=("north",),
    ),
    Product(
        product_id="OK-17",
        title="Oakley Dairy Cheddar Cheese 8 oz",
        brand="Oakley Dairy",
        category=("Dairy", "Cheese"),
        price=3.99,
    ),
    Product(
        product_id="GR-5",
        title="Golden Ridge Corn Flakes Cereal, 18 oz",
        brand="Golden Ridge",
        category=("Breakfast", "Cereal"),
        price=3.5,
        in_stock=False,
    ),
    Product(
        product_id="GR-6",
        title="Golden Ridge Chocolate Crunch Cereal, 12 oz",
        brand="Golden Ridge",
        category=("Breakfast", "Cereal"),
        attributes=("kids",),
        description="A crunchy breakfast of corn and cocoa. Good with milk.",
        price=None,
    ),
    Product(product_id="HW-9", title="Backsplash Tile, 12 in. x 24 in., White", brand="Casa", price=18.0),
    Product(product_id="HW-10", title="Back Splash Tile 12 in. x 12 in. Grey", brand="Casa", price=12.0),
    Product(product_id="HW-11", title="WD-40 Spray, 12 fl. oz.", price=6.5, stores=("south",)),
    Product(product_id="CB-1", title="Crème Brûlée Dessert, 6-Pack", category=("Frozen", "Desserts"), price=7.0),
    Product(product_id="CK-1", title="Oatmeal Cookies", brand="Casa", category=("Breakfast", "Cookies"), price=2.5),
)


def vector(text: str) -> NDArray[np.float32]:
    """A vector of unit length that two texts share the more of, the more letter triples they share, (D,)."""
    found_D = np.full(DIM, 0.01, np.float32)
    low = f"  {text.lower()} "
    for at in range(len(low) - 2):
        found_D[zlib.crc32(low[at : at + 3].encode()) % DIM] += 1
    return found_D / np.linalg.norm(found_D)


def vectors(products: Sequence[Product]) -> NDArray[np.float32]:
    """Vectors of the titles, (N, D)."""
    return np.stack([vector(product.title) for product in products])
