"""One thing a shopper did, as the event log records it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One line of the log. Only the action, the time and the session are always set."""

    action: str
    """What happened: "search" (a submitted query), "impression", "click", "add_to_cart", "purchase", "typed",
    "suggestion_shown" or "suggestion_tapped"."""

    timestamp: str
    """ISO 8601 in UTC, such as "2025-03-01T17:04:05Z"."""

    session_id: str
    """Which visit it belongs to; rotates, names nobody."""

    query: str = ""
    """The query as submitted; for suggestion events, the text of the suggestion."""

    query_id: str = ""
    """Joins impressions, clicks and cart-adds to the search that led to them; empty where none did."""

    product_id: str = ""
    """The product seen, clicked, carted or bought."""

    position: int | None = None
    """Place in the list shown, counted from 1."""

    store: str = ""
    """Store the session shops at; empty where unknown."""

    prefix: str = ""
    """What had been typed so far, for typed and suggestion events."""
