"""What questions about a shop are about: five views of its ledger, made for the time of a question and nowhere stored.

    product  one row a product
    shelf    one row a product and a store that carries it
    sale     one row a unit sold (an event `purchase`), with what the catalogue says of the product now
    search   one row a submitted search
    event    one row a time that a product was shown, clicked or put into a cart

The ledger keeps a category as a path; its first, second and last level are `department`, `category` and `kind`. It
keeps no quantities and no prices of the day: a unit is an event, and revenue is the sum of today's prices.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from aisle.errors import UserError
from aisle.shop.actions import ACTIONS
from aisle.sql.execution import Readable, reading
from aisle.sql.schema import Column, Constant, Schema, Table, ValueIndex, words_key

_LEVELS = (
    "json_extract({0}.category, '$[0]') AS department, "
    "coalesce(json_extract({0}.category, '$[1]'), json_extract({0}.category, '$[0]')) AS category, "
    "json_extract({0}.category, '$[#-1]') AS kind"
)
_PRODUCT = f"p.product_id, p.title, nullif(p.brand, '') AS brand, {_LEVELS.format('p')}, p.price"
_DAY = "strftime('{0}', e.at / 1000, 'unixepoch')"
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WHEN = (
    f"{_DAY.format('%Y-%m-%d')} AS date, CAST({_DAY.format('%Y')} AS INTEGER) AS year, "
    f"{_DAY.format('%Y')} || '-Q' || ((CAST({_DAY.format('%m')} AS INTEGER) + 2) / 3) AS quarter, "
    f"{_DAY.format('%Y-%m')} AS month, "
    f"CASE {_DAY.format('%w')} "
    + " ".join(f"WHEN '{number}' THEN '{name}'" for number, name in enumerate(_WEEKDAYS))
    + f" END AS weekday, CAST({_DAY.format('%H')} AS INTEGER) AS hour"
)
_VISIT = "nullif(e.store, '') AS store, e.session_id AS visit"
_CODE = {action: code for code, action in enumerate(ACTIONS)}
_ON_PRODUCTS = {"impression": "shown", "click": "click", "add_to_cart": "add to cart"}
_ACTION = "CASE e.action " + " ".join(f"WHEN {_CODE[a]} THEN '{name}'" for a, name in _ON_PRODUCTS.items()) + " END"

VIEWS = {
    "product": f"SELECT {_PRODUCT}, p.in_stock FROM main.products AS p",
    "shelf": (
        f"SELECT {_PRODUCT}, p.in_stock, s.value AS store FROM main.products AS p, json_each(p.stores) AS s "
        f"UNION ALL SELECT {_PRODUCT}, p.in_stock, s.store FROM main.products AS p, "
        "(SELECT DISTINCT j.value AS store FROM main.products AS q, json_each(q.stores) AS j) AS s "
        "WHERE p.stores = '[]'"
    ),
    "sale": (
        f"SELECT {_PRODUCT}, {_VISIT}, {_WHEN} FROM main.events AS e LEFT JOIN main.products AS p "
        f"ON p.product_id = e.product_id WHERE e.action = {_CODE['purchase']}"
    ),
    "search": (
        f"SELECT q.normalized AS query, {_VISIT}, {_WHEN} FROM main.events AS e "
        f"LEFT JOIN main.queries AS q ON q.query_no = e.query_no WHERE e.action = {_CODE['search']}"
    ),
    "event": (
        f"SELECT {_ACTION} AS action, {_PRODUCT}, {_VISIT}, {_WHEN} FROM main.events AS e LEFT JOIN main.products AS p "
        f"ON p.product_id = e.product_id WHERE e.action IN ({', '.join(str(_CODE[a]) for a in _ON_PRODUCTS)})"
    ),
}
"""Each view's SELECT over the ledger's own tables."""

_ABOUT_PRODUCT = (
    Column(name="product_id", words="product number", kind="text"),
    Column(name="title", words="product title", kind="text"),
    Column(name="brand", words="brand", kind="text", linked=True),
    Column(name="department", words="department", kind="text", linked=True),
    Column(name="category", words="category", kind="text", linked=True),
    Column(name="kind", words="kind", kind="text", linked=True),
    Column(name="price", words="price", kind="number"),
)
_STORE = Column(name="store", words="store", kind="text", linked=True)
_IN_STOCK = Column(name="in_stock", words="in stock", kind="number")
_ABOUT_VISIT = (
    _STORE,
    Column(name="visit", words="visit of a shopper", kind="text"),
    Column(name="date", words="date", kind="date"),
    Column(name="year", words="year", kind="number"),
    Column(name="quarter", words="quarter", kind="text"),
    Column(name="month", words="month", kind="text"),
    Column(name="weekday", words="day of the week", kind="text", linked=True),
    Column(name="hour", words="hour of the day", kind="number"),
)
TABLES = (
    Table(name="product", words="product", columns=(*_ABOUT_PRODUCT, _IN_STOCK)),
    Table(name="shelf", words="product in a store", columns=(*_ABOUT_PRODUCT, _IN_STOCK, _STORE)),
    Table(name="sale", words="sale", columns=(*_ABOUT_PRODUCT, *_ABOUT_VISIT)),
    Table(
        name="search", words="search", columns=(Column(name="query", words="search query", kind="text"), *_ABOUT_VISIT)
    ),
    Table(
        name="event",
        words="click or cart event",
        columns=(Column(name="action", words="action", kind="text"), *_ABOUT_PRODUCT, *_ABOUT_VISIT),
    ),
)
CONSTANTS = (
    Constant(words="one", value=1),
    Constant(words="in stock", value=1, columns=(("product", "in_stock"), ("shelf", "in_stock"))),
    Constant(words="out of stock, sold out", value=0, columns=(("product", "in_stock"), ("shelf", "in_stock"))),
    Constant(words="shown, seen", value="shown", columns=(("event", "action"),)),
    Constant(words="click", value="click", columns=(("event", "action"),)),
    Constant(words="add to cart", value="add to cart", columns=(("event", "action"),)),
)
LEVELS = ("department", "category", "kind")
EMPTY = Schema(tables=TABLES, constants=CONSTANTS)
"""The schema without the values of any shop."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A shop's ledger as questions see it."""

    readable: Readable
    schema: Schema
    today: date
    """The day of the newest event, from which "last month" is reckoned; the real day where there is no event."""
    revision: tuple[int, int]
    """Changes when products or events do."""


def readable_ledger(path: Path) -> Readable:
    """What may be read of a ledger: the views' columns."""
    tables = {table.name: frozenset(column.name for column in table.columns) for table in TABLES}
    return Readable(path=path, tables=tables, views=VIEWS)


def open_ledger(path: Path, before: Ledger | None = None) -> Ledger:
    """The ledger with the values that questions may name; `before` again where nothing has changed since.

    Raises
        UserError: the file cannot be read.
    """
    if not path.is_file():
        raise UserError(
            f"{path}: there is no ledger here; questions are answered from a shop's own SQLite ledger, not from one in "
            "PostgreSQL"
        )
    readable = readable_ledger(path)
    with reading(readable) as connection:
        revision = _revision(connection)
        if before is not None and before.revision == revision and before.readable.path == path:
            return before
        newest = connection.execute("SELECT max(at) FROM main.events").fetchone()[0]
        today = datetime.now(UTC).date() if newest is None else datetime.fromtimestamp(newest / 1000, UTC).date()
        schema = replace(EMPTY, values=_values(connection))
    return Ledger(readable=readable, schema=schema, today=today, revision=revision)


def _revision(connection: sqlite3.Connection) -> tuple[int, int]:
    products = connection.execute("SELECT value FROM main.counters WHERE name = 'revision'").fetchone()[0]
    events = connection.execute("SELECT coalesce(max(event_no), 0) FROM main.events").fetchone()[0]
    return int(products), int(events)


def _values(connection: sqlite3.Connection) -> ValueIndex:
    index = ValueIndex()
    wider: set[tuple[str, ...]] = set()
    for name in ("brand", *LEVELS):
        found = connection.execute(
            f"SELECT DISTINCT {name} FROM product WHERE {name} IS NOT NULL ORDER BY 1"
        ).fetchall()
        values = [str(row[0]) for row in found]
        # What is called like a wider level means that one; a kind's name is a phrase, and no list of things.
        _add(index, name, [value for value in values if words_key(value) not in wider], parts=name in LEVELS[:2])
        if name in LEVELS:
            wider.update(map(words_key, values))
    stores = connection.execute(
        "SELECT store FROM shelf UNION SELECT nullif(store, '') FROM main.events WHERE store <> '' ORDER BY 1"
    )
    _add(index, "store", (row[0] for row in stores if row[0]))
    _add(index, "weekday", _WEEKDAYS)
    return index


def _add(index: ValueIndex, name: str, values: Iterable[str], *, parts: bool = False) -> None:
    places = [n for n, column in enumerate(EMPTY.columns) if column.name == name]
    for value in values:
        for place in places:
            index.add(str(value), place, parts=parts)
