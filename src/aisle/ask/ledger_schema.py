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

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from aisle.ask.postgres_source import postgres_source
from aisle.ask.sources import Source, file_source
from aisle.ask.views import POSTGRES_VIEWS, VIEWS, WEEKDAYS
from aisle.shop.postgres_address import is_postgres
from aisle.sql.execution import Cell, Rows, RunLimits
from aisle.sql.schema import Column, Constant, Schema, Table, ValueIndex, words_key

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

    place: str | Path
    source: Source
    schema: Schema
    today: date
    """The day of the newest event, from which "last month" is reckoned; the real day where there is no event."""
    revision: tuple[int, int]
    """Changes when products or events do."""

    def run(self, sql: str, limits: RunLimits | None = None) -> Rows:
        """The rows of one SELECT over the views. Raises as `aisle.sql.execution.run_select`."""
        return self.source.run(sql, limits or RunLimits())


def open_ledger(place: str | Path, before: Ledger | None = None) -> Ledger:
    """The ledger in a SQLite file or at a `postgresql:` URI, with the values that questions may name; `before` again
    where nothing has changed since.

    Raises
        UserError: there is none, or it cannot be read.
    """
    tables = {table.name: frozenset(column.name for column in table.columns) for table in TABLES}
    source: Source
    if isinstance(place, str) and is_postgres(place):
        source = postgres_source(place, tables, POSTGRES_VIEWS)
    else:
        source = file_source(Path(place), tables, VIEWS)
    counters, events = source.own(
        "SELECT value FROM counters WHERE name = 'revision'", "SELECT coalesce(max(event_no), 0), max(at) FROM events"
    )
    newest = events[0][1]
    revision = _whole(counters[0][0]), _whole(events[0][0])
    if before is not None and before.revision == revision and before.place == place:
        return before
    today = datetime.now(UTC).date() if newest is None else datetime.fromtimestamp(_whole(newest) / 1000, UTC).date()
    schema = replace(EMPTY, values=_values(source))
    return Ledger(place=place, source=source, schema=schema, today=today, revision=revision)


def _whole(cell: Cell) -> int:
    assert isinstance(cell, int | float), "the ledger counts in numbers"
    return int(cell)


def _values(source: Source) -> ValueIndex:
    index = ValueIndex()
    wider: set[tuple[str, ...]] = set()
    names = ("brand", *LEVELS)
    *found, stores = source.own(
        *(f"SELECT DISTINCT {name} FROM product WHERE {name} IS NOT NULL ORDER BY 1" for name in names),
        "SELECT store FROM shelf UNION SELECT nullif(store, '') FROM events WHERE store <> '' ORDER BY 1",
    )
    for name, rows in zip(names, found, strict=True):
        values = [str(row[0]) for row in rows]
        # What is called like a wider level means that one; a kind's name is a phrase, and no list of things.
        _add(index, name, [value for value in values if words_key(value) not in wider], parts=name in LEVELS[:2])
        if name in LEVELS:
            wider.update(map(words_key, values))
    _add(index, "store", (str(row[0]) for row in stores if row[0]))
    _add(index, "weekday", WEEKDAYS)
    return index


def _add(index: ValueIndex, name: str, values: Iterable[str], *, parts: bool = False) -> None:
    places = [n for n, column in enumerate(EMPTY.columns) if column.name == name]
    for value in values:
        for place in places:
            index.add(str(value), place, parts=parts)
