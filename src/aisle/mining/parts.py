"""What the sessions of one part of a log did, as files, and the parts put together again.

Queries and products go by their texts in the files, for every part numbers them for itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from glob import escape
from pathlib import Path
from typing import Any

from aisle.errors import DamagedError
from aisle.mining.database import sql_text
from aisle.mining.intake import load_products
from aisle.mining.pairs import Seen
from aisle.mining.report import FilterCount
from aisle.shop.product import Product

_EVENTS, _SEEN, _ACCOUNT = "events.parquet", "seen.parquet", "account.json"


def save_part(connection: Any, seen: Seen, directory: Path) -> None:
    """Write the tables `events` and `seen` and the account."""
    columns_of = {_EVENTS: "code, moment, session, position", _SEEN: "session, shown, place, clicked, converted"}
    for name, columns in columns_of.items():
        table = name.partition(".")[0]
        connection.execute(
            f"COPY (SELECT {columns}, query, product_id FROM {table} LEFT JOIN queries USING (query_no) "
            f"LEFT JOIN products USING (product_no)) TO {sql_text(directory / name)} (FORMAT parquet)"
        )
    account = {"read": seen.read, "filters": [asdict(one) for one in seen.filters], "notes": seen.notes}
    (directory / _ACCOUNT).write_text(json.dumps(account))


def load_parts(connection: Any, directories: Sequence[Path], products: Sequence[Product]) -> Seen:
    """The tables and the account of all parts, as if one process had read the log."""
    load_products(connection, products)
    connection.execute("CREATE TABLE queries (query_no INTEGER, query VARCHAR)")
    for name in (_EVENTS, _SEEN):
        # DuckDB takes * ? [ in a name for a pattern.
        files = ", ".join(sql_text(escape(str(directory / name))) for directory in directories)
        connection.execute(f"CREATE VIEW all_{name.partition('.')[0]} AS SELECT * FROM read_parquet([{files}])")
    connection.execute("""INSERT INTO queries SELECT row_number() OVER (ORDER BY query), query
        FROM (SELECT DISTINCT query FROM all_events WHERE query IS NOT NULL)""")
    for table, columns in (("events", "code, moment, session, query_no, product_no, position"),
                           ("seen", "session, query_no, product_no, shown, place, clicked, converted")):  # fmt: skip
        connection.execute(f"""CREATE TABLE {table} AS SELECT {columns} FROM all_{table}
            LEFT JOIN queries USING (query) LEFT JOIN products USING (product_id)""")
    accounts = [json.loads((directory / _ACCOUNT).read_text()) for directory in directories]
    notes = [note for account in accounts for note in account["notes"]]
    return Seen(
        read=sum(account["read"] for account in accounts),
        filters=_added([[FilterCount(**one) for one in account["filters"]] for account in accounts]),
        notes=list(dict.fromkeys(notes)),
    )


def _added(accounts: Sequence[Sequence[FilterCount]]) -> list[FilterCount]:
    added = list(accounts[0])
    for account in accounts[1:]:
        if [one.name for one in account] != [one.name for one in added]:
            raise DamagedError("the parts of the log were read by different versions of aisle; do them again")
        added = [replace(one, dropped=one.dropped + other.dropped) for one, other in zip(added, account, strict=True)]
    return added
