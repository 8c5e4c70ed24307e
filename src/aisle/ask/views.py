"""The five views that questions are about, as SELECTs over a ledger's own tables: in SQLite's SQL and in PostgreSQL's.

They are made for the time of a question and nowhere stored. Both give the same columns, with texts for days, quarters
and months, so that one query means the same over either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aisle.shop.actions import ACTIONS

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_CODE = {action: code for code, action in enumerate(ACTIONS)}
_ON_PRODUCTS = {"impression": "shown", "click": "click", "add_to_cart": "add to cart"}
_ACTION = "CASE e.action " + " ".join(f"WHEN {_CODE[a]} THEN '{name}'" for a, name in _ON_PRODUCTS.items()) + " END"


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerDialect:
    """What the two databases write differently."""

    level: Callable[[str, int], str]
    """The part of a category at a place, of a table's alias; -1 for the last."""
    date: str
    year: str
    quarter: str
    month: str
    weekday: str
    """A number, 0 for Sunday."""
    hour: str
    stores: str
    """A FROM item `s` with a row for each of a product's stores, in the column `value`; {0} is the alias."""


def _day(pattern: str) -> str:
    return f"strftime('{pattern}', e.at / 1000, 'unixepoch')"


SQLITE = LedgerDialect(
    level=lambda alias, place: f"json_extract({alias}.category, '$[{'#-1' if place < 0 else place}]')",
    date=_day("%Y-%m-%d"),
    year=f"CAST({_day('%Y')} AS INTEGER)",
    quarter=f"{_day('%Y')} || '-Q' || ((CAST({_day('%m')} AS INTEGER) + 2) / 3)",
    month=_day("%Y-%m"),
    weekday=f"CAST({_day('%w')} AS INTEGER)",
    hour=f"CAST({_day('%H')} AS INTEGER)",
    stores="json_each({0}.stores)",
)
_AT = "to_timestamp(e.at / 1000.0) AT TIME ZONE 'UTC'"
POSTGRES = LedgerDialect(
    level=lambda alias, place: f"({alias}.category::json ->> {place})",
    date=f"to_char({_AT}, 'YYYY-MM-DD')",
    year=f"CAST(date_part('year', {_AT}) AS INTEGER)",
    quarter=f"to_char({_AT}, 'YYYY-\"Q\"Q')",
    month=f"to_char({_AT}, 'YYYY-MM')",
    weekday=f"CAST(date_part('dow', {_AT}) AS INTEGER)",
    hour=f"CAST(date_part('hour', {_AT}) AS INTEGER)",
    stores="LATERAL aisle_each({0}.stores)",
)


def views_of(dialect: LedgerDialect, *, schema: str = "") -> dict[str, str]:
    """Each view's SELECT; `schema` stands before the names of the ledger's tables."""
    inside = f"{schema}." if schema else ""
    level = dialect.level
    product = (
        f"p.product_id, p.title, nullif(p.brand, '') AS brand, {level('p', 0)} AS department, "
        f"coalesce({level('p', 1)}, {level('p', 0)}) AS category, {level('p', -1)} AS kind, p.price"
    )
    weekday = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(WEEKDAYS))
    when = (
        "nullif(e.store, '') AS store, e.session_id AS visit, "
        f"{dialect.date} AS date, {dialect.year} AS year, {dialect.quarter} AS quarter, {dialect.month} AS month, "
        f"CASE {dialect.weekday} {weekday} END AS weekday, {dialect.hour} AS hour"
    )
    sold = f"{inside}events AS e LEFT JOIN {inside}products AS p ON p.product_id = e.product_id"
    return {
        "product": f"SELECT {product}, p.in_stock FROM {inside}products AS p",
        "shelf": (
            f"SELECT {product}, p.in_stock, s.value AS store "
            f"FROM {inside}products AS p, {dialect.stores.format('p')} AS s "
            f"UNION ALL SELECT {product}, p.in_stock, s.store FROM {inside}products AS p, "
            f"(SELECT DISTINCT j.value AS store FROM {inside}products AS q, {dialect.stores.format('q')} AS j) AS s "
            "WHERE p.stores = '[]'"
        ),
        "sale": f"SELECT {product}, {when} FROM {sold} WHERE e.action = {_CODE['purchase']}",
        "search": (
            f"SELECT q.normalized AS query, {when} FROM {inside}events AS e "
            f"LEFT JOIN {inside}queries AS q ON q.query_no = e.query_no WHERE e.action = {_CODE['search']}"
        ),
        "event": (
            f"SELECT {_ACTION} AS action, {product}, {when} FROM {sold} "
            f"WHERE e.action IN ({', '.join(str(_CODE[a]) for a in _ON_PRODUCTS)})"
        ),
    }


VIEWS = views_of(SQLITE, schema="main")
"""Over a ledger in SQLite."""
POSTGRES_VIEWS = views_of(POSTGRES)
"""Over one in PostgreSQL, whose schema is the connection's."""
