"""The events of a ledger, and the counts of queries that suggestions are made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from aisle.shop.actions import ACTIONS
from aisle.shop.clock import format_timestamp, parse_timestamp
from aisle.shop.event import Event
from aisle.shop.storage import Connection
from aisle.text.words import normalize

_AT_ONCE = 5_000
_QUERIES_REMEMBERED = 50_000
_CODES = {action: code for code, action in enumerate(ACTIONS)}
_FIELDS = "action, at, session_id, query_no, query_id, product_id, position, store, prefix"

# Typing and suggestions are not searches: only these say that a session wanted what the query names.
_SEARCHING = ", ".join(str(_CODES[name]) for name in ("search", "impression", "click", "add_to_cart", "purchase"))

# One pass over the events makes one row for each (query, session, store); both kinds of counts are sums of those.
# `asked` finds the query of events that only carry the id of a search, `spelled` one number for all spellings.
_COUNTS = f"""
WITH asked AS MATERIALIZED (
    SELECT query_id, max(query_no) AS query_no FROM events
    WHERE query_id <> '' AND query_no IS NOT NULL AND action = {_CODES["search"]} GROUP BY query_id
), spelled AS MATERIALIZED (
    SELECT query_no, min(query_no) OVER (PARTITION BY normalized) AS first_no FROM queries WHERE normalized <> ''
), used AS MATERIALIZED (
    SELECT first_no, session_id, store, count(*) FILTER (WHERE action = {_CODES["search"]}) AS searches,
           count(*) FILTER (WHERE action = {_CODES["add_to_cart"]}) AS carts
    FROM events AS event
    LEFT JOIN asked ON event.query_no IS NULL AND event.query_id <> '' AND asked.query_id = event.query_id
    JOIN spelled ON spelled.query_no = coalesce(event.query_no, asked.query_no)
    WHERE action IN ({_SEARCHING})
    GROUP BY first_no, session_id, store
), counted AS (
    SELECT first_no, '' AS store, sum(searches) AS searches, count(DISTINCT session_id) AS sessions, sum(carts) AS carts
    FROM used GROUP BY first_no
    UNION ALL
    SELECT first_no, store, sum(searches), count(*), sum(carts) FROM used WHERE store <> '' GROUP BY first_no, store
)
SELECT normalized, store, searches, sessions, carts FROM counted JOIN queries ON query_no = first_no
WHERE sessions >= ? ORDER BY store <> '', sessions DESC, normalized, store
"""


@dataclass(frozen=True, slots=True)
class QueryCount:
    """How often one query was used."""

    query: str
    """As `aisle.text.words.normalize` writes it."""
    store: str
    """One store, or "" for all stores together, events without a store included."""
    searches: int
    """Submitted searches; a log that records only what followed counts each session once."""
    sessions: int
    """Distinct sessions that searched for it, or saw, clicked, carted or bought what it found."""
    carts: int
    """Products put into a cart from its results."""


def add(connection: Connection, events: Iterable[Event]) -> int:
    """Append events inside the caller's transaction; how many. Memory stays bounded however many there are."""
    numbers: dict[str, int] = {}
    added = 0
    source = iter(events)
    while batch := list(islice(source, _AT_ONCE)):
        if len(numbers) > _QUERIES_REMEMBERED:
            numbers.clear()
        rows = [
            (
                _CODES[event.action],
                parse_timestamp(event.timestamp),
                event.session_id,
                _query_number(connection, event.query, numbers),
                event.query_id,
                event.product_id,
                event.position,
                event.store,
                event.prefix,
            )
            for event in batch
        ]
        connection.executemany(f"INSERT INTO events ({_FIELDS}) VALUES (?,?,?,?,?,?,?,?,?)", rows)
        added += len(rows)
    return added


def _query_number(connection: Connection, query: str, numbers: dict[str, int]) -> int | None:
    if not query:
        return None
    number = numbers.get(query)
    if number is None:
        found = connection.execute("SELECT query_no FROM queries WHERE query = ?", (query,)).fetchone()
        if found is None:
            row = (query, normalize(query))
            found = connection.execute(
                "INSERT INTO queries (query, normalized) VALUES (?, ?) RETURNING query_no", row
            ).fetchone()
        number = numbers[query] = int(found[0])
    return number


def every(connection: Connection) -> Iterator[Event]:
    """All events in the order in which they were added."""
    rows = connection.execute(
        "SELECT action, at, session_id, coalesce(query, ''), query_id, product_id, position, store, prefix "
        "FROM events LEFT JOIN queries USING (query_no) ORDER BY event_no"
    )
    for action, at, session_id, query, query_id, product_id, position, store, prefix in rows:
        yield Event(
            action=ACTIONS[action],
            timestamp=format_timestamp(at),
            session_id=session_id,
            query=query,
            query_id=query_id,
            product_id=product_id,
            position=position,
            store=store,
            prefix=prefix,
        )


def rows(connection: Connection) -> Iterator[tuple[int, int, str, str, str, str, int | None]]:
    """All events as plain rows, for reading millions of them: place of the action in `ACTIONS`, milliseconds since
    1970, session, query, query id, product, position."""
    yield from connection.execute(
        "SELECT action, at, session_id, coalesce(query, ''), query_id, product_id, position "
        "FROM events LEFT JOIN queries USING (query_no) ORDER BY event_no"
    )


def product_carts(connection: Connection) -> dict[str, int]:
    """By product id, how many sessions put it into a cart or bought it."""
    converting = (_CODES["add_to_cart"], _CODES["purchase"])
    return dict(
        connection.execute(
            "SELECT product_id, count(DISTINCT session_id) FROM events WHERE action IN (?, ?) GROUP BY product_id",
            converting,
        )
    )


def query_counts(connection: Connection, min_sessions: int) -> Iterator[QueryCount]:
    """Counts over all stores, then store by store; each row has at least `min_sessions` distinct sessions."""
    for query, store, searches, sessions, carts in connection.execute(_COUNTS, (min_sessions,)):
        # PostgreSQL's sums are decimal numbers.
        yield QueryCount(query, store, max(int(searches), sessions), sessions, int(carts))
