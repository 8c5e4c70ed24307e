"""A whole shop at work until it is killed: products change, versions are built and rolled back, and it says so."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


def work(path: Path, encoder: str, name: str) -> None:
    """Write, build and roll back for ever."""
    shop = Shop.create(path)
    if not shop.ledger.count_products():
        shop.put_products(sample_catalogue(products=40, seed=1))
    shop.build(BuildSettings(encoder=encoder, keep_versions=3))
    print("ready", flush=True)
    for step in count():
        product = Product(product_id=f"{name}-{step}", title=f"Quibble {name} number {step}")
        shop.put_products([product])
        print("put", product.product_id, flush=True)
        report = shop.build(BuildSettings(encoder=encoder, keep_versions=3))
        print("built", report.version, product.product_id, flush=True)
        if step % 3 == 2:
            print("rolled", shop.rollback().number, flush=True)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
