"""A catalogue file into products: columns found, values checked, unusable rows set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from aisle.files.opening import shown_name
from aisle.files.tables import BadRow, open_table
from aisle.shop.mapping import ColumnMap
from aisle.shop.product import Product
from aisle.shop.rejects import Reject, reject_row
from aisle.shop.values import (
    BadValueError,
    attribute_list,
    boolean,
    category_path,
    identifier,
    price,
    store_list,
    text,
)
from aisle.shop.vocabularies import CATALOGUE

TITLE_LIMIT = 2_000
DESCRIPTION_LIMIT = 100_000


def read_catalogue(
    path: str | Path,
    column_map: ColumnMap | None = None,
    *,
    format: str | None = None,  # noqa: A002 - the name the readers of tables give it
) -> CatalogueReading:
    """Open a catalogue. Raises `UserError` at once for a file or a mapping that cannot be used."""
    return CatalogueReading(path, column_map or ColumnMap(), format)


class CatalogueReading(Iterator[Product | Reject]):
    """The products of a catalogue in the order of the file, with a `Reject` for each row that is none.

    A product id that comes again is yielded again: loaded in order into a ledger, the last one wins.
    """

    def __init__(self, path: str | Path, column_map: ColumnMap, format: str | None) -> None:  # noqa: A002
        table = open_table(path, format=format)
        self.resolution = column_map.resolve(table.columns, shown_name(path))
        """Which column each field is read from."""
        self.products = 0
        """Products yielded so far, each id counted once."""
        self.duplicates = 0
        """Products yielded so far whose id had come before."""
        self.rejected = 0
        """Rejects yielded so far."""
        self._rows = table.rows
        # Rows of JSON Lines may differ in their keys: a field that the first rows lack is looked for by its own name.
        self._columns = {**(_OWN_NAMES if table.format == "jsonl" else {}), **self.resolution.columns}
        self._seen: set[str] = set()

    def __next__(self) -> Product | Reject:
        row = next(self._rows)
        if isinstance(row, BadRow):
            self.rejected += 1
            return reject_row(row)
        try:
            product = _product(row.values, self._columns)
        except BadValueError as error:
            self.rejected += 1
            return reject_row(row, str(error))
        if product.product_id in self._seen:
            self.duplicates += 1
        else:
            self._seen.add(product.product_id)
            self.products += 1
        return product


def product_from(values: Mapping[str, Any]) -> Product:
    """A product from one object with our own field names, as the HTTP interface takes it.

    Raises `BadValueError` for an unknown field, a missing id or title, and any value a field does not allow.
    """
    unknown = [key for key in values if key not in CATALOGUE.fields]
    if unknown:
        raise BadValueError(f"unknown field {unknown[0]!r}; allowed are {', '.join(CATALOGUE.fields)}")
    return _product(values, _OWN_NAMES)


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "product_id": lambda cell: identifier(cell, "product_id"),
    "title": lambda cell: text(cell, "title", TITLE_LIMIT),
    "brand": lambda cell: text(cell, "brand", 500),
    "category": category_path,
    "attributes": attribute_list,
    "description": lambda cell: text(cell, "description", DESCRIPTION_LIMIT),
    "price": price,
    "stores": store_list,
    "in_stock": lambda cell: boolean(cell, "in_stock"),
    "image": lambda cell: text(cell, "image", 2_000),
}
_OWN_NAMES = {field: (field,) for field in _CONVERSIONS}


def _product(values: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> Product:
    fields: dict[str, Any] = {}
    for field, names in columns.items():
        convert = _CONVERSIONS[field]
        if len(names) == 1:
            fields[field] = convert(values.get(names[0]))
        else:
            fields[field] = tuple(chain.from_iterable(convert(values.get(name)) for name in names))
    for field in CATALOGUE.required:
        if not fields[field]:
            raise BadValueError(f"{field} is empty")
    return Product(**fields)
