"""The ledger: products and events of a shop. It is the truth; everything else is derived from it.

It lies in one SQLite file, or, for several machines that share it, in a PostgreSQL database that a URI names.

When a call that writes returns, what it wrote is on the disk and survives a kill and a power cut. A call that fails,
or a process that is killed inside one, leaves the ledger as it was before the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from aisle.shop import event_table, product_table, query_log
from aisle.shop.database import create_database, open_database
from aisle.shop.event import Event
from aisle.shop.event_table import QueryCount
from aisle.shop.postgres import create_postgres, is_postgres, open_postgres
from aisle.shop.product import Product
from aisle.shop.product_table import Change, UpsertCount
from aisle.shop.query_log import Moment, Outcome, QueryDay
from aisle.shop.storage import Storage

__all__ = ["LEDGER_FILE", "Change", "Ledger", "QueryCount", "UpsertCount"]

LEDGER_FILE = "ledger.sqlite"
"""Its name in a shop's directory, where it is a file."""


class Ledger:
    """One connection to a ledger. May be shared by threads; processes open their own."""

    def __init__(self, database: Storage) -> None:
        self._database = database

    @classmethod
    def create(cls, path: str | Path) -> Ledger:
        """Make an empty ledger at a path or a `postgresql:` URI, and open it. Raises `UserError` where there is one."""
        if is_postgres(path):
            create_postgres(str(path))
        else:
            create_database(Path(path))
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Ledger:
        """Open a ledger; `read_only` for serving, which then cannot hold up or harm the writers."""
        if is_postgres(path):
            return cls(open_postgres(str(path), read_only=read_only))
        return cls(open_database(Path(path), read_only=read_only))

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several calls one: all of what they write, or nothing. Other writers wait meanwhile."""
        with self._database.transaction():
            yield

    def snapshot(self) -> AbstractContextManager[None]:
        """Read several things as of one moment."""
        return self._database.snapshot()

    # Products ----------------------------------------------------------------------------------------------------

    def upsert_products(self, products: Iterable[Product]) -> UpsertCount:
        """Insert new products and replace known ones by id, in one transaction; of two with one id the last wins."""
        with self._database.transaction() as connection:
            return product_table.upsert(connection, products)

    def delete_product(self, product_id: str) -> bool:
        """Delete a product; False where there is none with this id."""
        with self._database.transaction() as connection:
            return product_table.delete(connection, product_id)

    def product(self, product_id: str) -> Product | None:
        """The product with this id, or None."""
        with self._database.lock, self._database.translated():
            return product_table.get(self._database.connection, product_id)

    def products(self) -> Iterator[Product]:
        """All products, by id. The same content gives the same order, however it was loaded."""
        with self._database.translated():
            yield from product_table.every(self._database.connection)

    def count_products(self) -> int:
        """How many products there are."""
        return self._number("SELECT count(*) FROM products")

    def stores(self) -> list[str]:
        """Ids of the stores that products name, sorted."""
        with self._database.lock, self._database.translated():
            return product_table.stores(self._database.connection)

    def revision(self) -> int:
        """A number that grows with every product inserted, changed or deleted."""
        return self._number("SELECT value FROM counters WHERE name = 'revision'")

    def changes_since(self, revision: int) -> Iterator[Change]:
        """The products that changed after `revision` in their newest state, oldest change first."""
        with self._database.translated():
            yield from product_table.changes(self._database.connection, revision)

    # Events ------------------------------------------------------------------------------------------------------

    def add_events(self, events: Iterable[Event]) -> int:
        """Append events in one transaction; how many there were."""
        with self._database.transaction() as connection:
            return event_table.add(connection, events)

    def events(self) -> Iterator[Event]:
        """All events in the order they came."""
        with self._database.translated():
            yield from event_table.every(self._database.connection)

    def event_rows(self) -> Iterator[tuple[int, int, str, str, str, str, int | None]]:
        """All events as plain rows, in the order they came; see `event_table.rows`."""
        with self._database.translated():
            yield from event_table.rows(self._database.connection)

    def product_carts(self) -> dict[str, int]:
        """By product id, how many sessions put it into a cart or bought it."""
        with self._database.lock, self._database.translated():
            return event_table.product_carts(self._database.connection)

    def count_events(self) -> int:
        """How many events there are."""
        return self._number("SELECT count(*) FROM events")

    def query_counts(self, *, min_sessions: int) -> Iterator[QueryCount]:
        """Queries that at least `min_sessions` distinct sessions used, most used first: over all stores, then by store.

        An event without a query of its own counts for the search with its `query_id`.
        """
        with self._database.translated():
            yield from event_table.query_counts(self._database.connection, min_sessions)

    def query_days(self) -> Iterator[QueryDay]:
        """Every query by day and store, with its distinct sessions."""
        with self._database.translated():
            yield from query_log.query_days(self._database.connection)

    def outcomes(self) -> Iterator[Outcome]:
        """For every query the products that were put into carts after it."""
        with self._database.translated():
            yield from query_log.outcomes(self._database.connection)

    def passed_over(self, *, pause_ms: int) -> dict[str, int]:
        """Queries that went on to a longer one within the pause, with the sessions in which they did."""
        with self._database.translated():
            return query_log.passed_over(self._database.connection, pause_ms=pause_ms)

    def moments(self, *, latest: int) -> Iterator[Moment]:
        """What was typed, shown and tapped on the way to each search, of the last `latest` events."""
        with self._database.translated():
            yield from query_log.moments(self._database.connection, latest=latest)

    # Health ------------------------------------------------------------------------------------------------------

    def verify(self) -> list[str]:
        """Problems found by reading all of it; none if it is sound."""
        return self._database.problems()

    def _number(self, statement: str) -> int:
        with self._database.lock, self._database.translated():
            (number,) = self._database.connection.execute(statement).fetchone()
        return int(number)
