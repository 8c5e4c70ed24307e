"""The products of a ledger: rows to products and back, changes with their revisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aisle.shop.product import Product
from aisle.shop.storage import Connection

_AT_ONCE = 500
_FIELDS = "product_id, title, brand, category, attributes, description, price, stores, in_stock, image"
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class UpsertCount:
    """What loading products did, a product named twice counted twice."""

    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Change:
    """The newest state of one product that changed."""

    revision: int
    product_id: str
    product: Product | None
    """None: it was deleted."""


def upsert(connection: Connection, products: Iterable[Product]) -> UpsertCount:
    """Insert or replace inside the caller's transaction. A product that is the same already keeps its revision."""
    revision = current_revision(connection)
    inserted = updated = unchanged = 0
    source = iter(products)
    while batch := list(islice(source, _AT_ONCE)):
        ids = json.dumps([product.product_id for product in batch])
        known: dict[str, _Row] = {
            row[0]: row
            for row in connection.execute(
                f"SELECT {_FIELDS} FROM products WHERE product_id IN (SELECT value FROM json_each(?))", (ids,)
            )
        }
        changed: dict[str, _Row] = {}
        for product in batch:
            row = _row(product)
            before = known.get(row[0])
            if before == row:
                unchanged += 1
                continue
            revision += 1
            inserted += before is None
            updated += before is not None
            known[row[0]] = row
            changed[row[0]] = (*row, revision)
        connection.executemany(
            f"INSERT INTO products ({_FIELDS}, revision) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (product_id) "
            "DO UPDATE SET title = excluded.title, brand = excluded.brand, category = excluded.category, "
            "attributes = excluded.attributes, description = excluded.description, price = excluded.price, "
            "stores = excluded.stores, in_stock = excluded.in_stock, image = excluded.image, "
            "revision = excluded.revision",
            changed.values(),
        )
        connection.execute("DELETE FROM deleted WHERE product_id IN (SELECT value FROM json_each(?))", (ids,))
    _set_revision(connection, revision)
    return UpsertCount(inserted, updated, unchanged)


def delete(connection: Connection, product_id: str) -> bool:
    """Delete inside the caller's transaction; False where there is no such product."""
    if connection.execute("DELETE FROM products WHERE product_id = ?", (product_id,)).rowcount == 0:
        return False
    revision = current_revision(connection) + 1
    connection.execute(
        "INSERT INTO deleted VALUES (?, ?) ON CONFLICT (product_id) DO UPDATE SET revision = excluded.revision",
        (product_id, revision),
    )
    _set_revision(connection, revision)
    return True


def get(connection: Connection, product_id: str) -> Product | None:
    """One product by its id."""
    row = connection.execute(f"SELECT {_FIELDS} FROM products WHERE product_id = ?", (product_id,)).fetchone()
    return None if row is None else _product(row)


def every(connection: Connection) -> Iterator[Product]:
    """All products by id, so that the order depends on what there is and not on how it came."""
    return map(_product, connection.execute(f"SELECT {_FIELDS} FROM products ORDER BY product_id"))


def changes(connection: Connection, since: int) -> Iterator[Change]:
    """What changed after revision `since`, oldest change first, each product once."""
    rows = connection.execute(
        f"SELECT revision, 0 AS gone, {_FIELDS} FROM products WHERE revision > ? UNION ALL SELECT revision, 1, "
        "product_id, '', '', '', '', '', NULL, '', 0, '' FROM deleted WHERE revision > ? ORDER BY revision",
        (since, since),
    )
    for revision, gone, *row in rows:
        yield Change(revision, row[0], None if gone else _product(tuple(row)))


def stores(connection: Connection) -> list[str]:
    """Ids of all stores that any product names, sorted."""
    return sorted(store for (store,) in connection.execute("SELECT DISTINCT value FROM products, json_each(stores)"))


def current_revision(connection: Connection) -> int:
    """The revision of the newest change."""
    (revision,) = connection.execute("SELECT value FROM counters WHERE name = 'revision'").fetchone()
    return int(revision)


def _set_revision(connection: Connection, revision: int) -> None:
    connection.execute("UPDATE counters SET value = ? WHERE name = 'revision'", (revision,))


def _row(product: Product) -> _Row:
    return (
        product.product_id,
        product.title,
        product.brand,
        _listed(product.category),
        _listed(product.attributes),
        product.description,
        None if product.price is None else float(product.price),
        _listed(product.stores),
        int(product.in_stock),
        product.image,
    )


def _listed(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False) if names else "[]"


def _unlisted(names: str) -> tuple[str, ...]:
    return tuple(json.loads(names)) if names != "[]" else ()


def _product(row: _Row) -> Product:
    product_id, title, brand, category, attributes, description, price, stores, in_stock, image = row
    return Product(
        product_id=product_id,
        title=title,
        brand=brand,
        category=_unlisted(category),
        attributes=_unlisted(attributes),
        description=description,
        price=price,
        stores=_unlisted(stores),
        in_stock=bool(in_stock),
        image=image,
    )
