"""What suggestions learn from a ledger: queries by day, what they led to, and what was typed, shown and tapped.

Every function reads a connection and groups in SQL where it can, so that memory follows the number of different
queries and not the number of events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from aisle.shop.actions import ACTIONS
from aisle.shop.storage import Connection

_CODES = {action: code for code, action in enumerate(ACTIONS)}
_DAY_MS = 86_400_000

_DAYS = f"""
SELECT normalized, store, at / {_DAY_MS} AS day, count(DISTINCT session_id)
FROM events JOIN queries USING (query_no)
WHERE action = {_CODES["search"]} AND normalized <> ''
GROUP BY normalized, store, day
"""

# A cart-add that names no query belongs to the search with its id, as in the counts of queries.
_OUTCOMES = f"""
WITH asked AS MATERIALIZED (
    SELECT query_id, max(query_no) AS query_no FROM events
    WHERE query_id <> '' AND query_no IS NOT NULL AND action = {_CODES["search"]} GROUP BY query_id
)
SELECT normalized, product_id, count(DISTINCT session_id)
FROM events AS event
LEFT JOIN asked ON event.query_no IS NULL AND event.query_id <> '' AND asked.query_id = event.query_id
JOIN queries ON queries.query_no = coalesce(event.query_no, asked.query_no)
WHERE action = {_CODES["add_to_cart"]} AND normalized <> ''
GROUP BY normalized, product_id
"""

# Search as you type logs a query for every pause; the one that goes on within seconds was not meant.
_PASSED = f"""
WITH searched AS (
    SELECT session_id, normalized, at, lead(normalized) OVER later AS next, lead(at) OVER later AS next_at
    FROM events JOIN queries USING (query_no)
    WHERE action = {_CODES["search"]} AND normalized <> ''
    WINDOW later AS (PARTITION BY session_id ORDER BY at, event_no)
)
SELECT normalized, count(DISTINCT session_id) FROM searched
WHERE next_at - at <= ? AND length(next) > length(normalized)
  AND substr(next, 1, length(normalized)) = normalized
GROUP BY normalized
"""

_TYPING = ("search", "typed", "suggestion_shown", "suggestion_tapped")
_MOMENTS = f"""
SELECT session_id, action, coalesce(normalized, ''), prefix, coalesce(position, 0), store, at
FROM events LEFT JOIN queries USING (query_no)
WHERE action IN ({", ".join(str(_CODES[name]) for name in _TYPING)})
  AND event_no > (SELECT coalesce(max(event_no), 0) FROM events) - ?
ORDER BY session_id, at, event_no
"""


@dataclass(frozen=True, slots=True)
class QueryDay:
    """One query on one day in one store."""

    query: str
    """Normalised."""
    store: str
    """Empty for events that name no store."""
    day: int
    """Days since 1970, UTC."""
    sessions: int
    """Distinct sessions that submitted it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many distinct sessions put one product into the cart after one query."""

    query: str
    product_id: str
    sessions: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A pause at the keyboard, or a submitted search whose typing was not logged."""

    session: str
    prefix: str
    """What had been typed; empty where the typing was not logged."""
    shown: tuple[str, ...]
    """Suggestions on the screen, the first one first; empty where none were logged."""
    tapped: str
    """The suggestion taken at this moment; empty where none was."""
    query: str
    """What was searched for in the end, normalised."""
    previous: str
    """What this session had searched for before; empty for its first search."""
    store: str
    at: int
    """Milliseconds since 1970, UTC, of the search."""


def query_days(connection: Connection) -> Iterator[QueryDay]:
    """Every query by day and store."""
    for query, store, day, sessions in connection.execute(_DAYS):
        yield QueryDay(query, store, day, sessions)


def outcomes(connection: Connection) -> Iterator[Outcome]:
    """What was put into carts after each query."""
    for query, product_id, sessions in connection.execute(_OUTCOMES):
        yield Outcome(query, product_id, sessions)


def passed_over(connection: Connection, *, pause_ms: int) -> dict[str, int]:
    """Queries that went on to a longer one within `pause_ms`, with the distinct sessions in which they did."""
    return dict(connection.execute(_PASSED, (pause_ms,)))


def moments(connection: Connection, *, latest: int) -> Iterator[Moment]:
    """The moments of the last `latest` events, session after session.

    What was typed and never searched for is left out: nobody knows what it was going to be.
    """
    rows = connection.execute(_MOMENTS, (latest,))
    for session, events in groupby(rows, key=itemgetter(0)):
        yield from _of_session(session, events)


def _of_session(session: str, events: Iterator[tuple[str, int, str, str, int, str, int]]) -> Iterator[Moment]:
    previous = ""
    typed: list[tuple[str, list[tuple[int, str]], str]] = []
    for _, action, query, prefix, position, store, at in events:
        name = ACTIONS[action]
        if name == "search":
            if not query:
                continue
            for before, shown, tapped in typed or [("", [], "")]:
                seen = tuple(text for _, text in sorted(shown))
                yield Moment(session, before, seen, tapped, query, previous, store, at)
            typed = []
            previous = query
        elif name == "typed":
            typed.append((prefix, [], ""))
        elif typed and prefix == typed[-1][0]:
            before, shown, tapped = typed[-1]
            if name == "suggestion_shown":
                shown.append((position, query))
            else:
                tapped = query
            typed[-1] = (before, shown, tapped)
