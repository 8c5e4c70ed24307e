"""What makes an event usable, whatever log it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aisle.shop.actions import ON_PRODUCTS, action_named
from aisle.shop.clock import utc_timestamp
from aisle.shop.event import Event
from aisle.shop.mapping import EventMap
from aisle.shop.values import BadValueError, identifier, shown, text

QUERY_LIMIT = 10_000
POSITION_LIMIT = 1_000_000


def checked_event(values: Mapping[str, Any], log: EventMap, latest_ms: int | None = None) -> Event:
    """An event from cells under our own field names.

    Raises `BadValueError` for an unknown action, a time that is none, before 1990 or after `latest_ms`, a missing
    session, a query over `QUERY_LIMIT` characters, a position that is no place in a list, a search without a query, and
    a click, impression, cart-add or purchase without a product.
    """
    get = values.get
    action = action_named(text(get("action"), "action", 100), log.actions)
    event = Event(
        action=action,
        timestamp=utc_timestamp(get("timestamp"), latest_ms),
        session_id=identifier(get("session_id"), "session_id"),
        query=text(get("query"), "query", QUERY_LIMIT),
        query_id=identifier(get("query_id"), "query_id"),
        product_id=identifier(get("product_id"), "product_id"),
        position=_position(get("position"), log.first_position),
        store=identifier(get("store"), "store", 100),
        prefix=_typed(get("prefix")),
    )
    if not event.session_id:
        raise BadValueError("session_id is empty")
    if action in ON_PRODUCTS and not event.product_id:
        raise BadValueError(f"action {action} needs a product_id")
    if action in ("search", "suggestion_shown", "suggestion_tapped") and not event.query:
        raise BadValueError(f"action {action} needs a query")
    if action == "typed" and not event.prefix:
        raise BadValueError("action typed needs a prefix")
    return event


def _typed(value: Any) -> str:
    # What was typed keeps the blank at its end: "ice " and "ice" complete differently.
    prefix = text(value, "prefix", QUERY_LIMIT)
    ends_open = prefix and isinstance(value, str) and value[-1:].isspace()
    return f"{prefix} " if ends_open else prefix


def _position(value: Any, first: int) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        number = None
    if number is not None and number != number:  # NaN: Parquet's way to leave a number out
        return None
    if number is None or not number.is_integer() or not first <= number <= POSITION_LIMIT:
        hint = " (first_position = 0 under [events] if the log counts from 0)" if number == 0 else ""
        allowed = f"give a whole number from {first} to {POSITION_LIMIT:,}{hint}"
        raise BadValueError(f"position {shown(value)} is no place in a list; {allowed}")
    return int(number) + 1 - first
