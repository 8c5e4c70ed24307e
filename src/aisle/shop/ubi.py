"""OpenSearch User Behavior Insights (UBI): its query and event records to our fields, and our events to its records.

The field names are those of the UBI specification 1.3.0 (https://github.com/o19s/ubi, Apache-2.0). A log may hold
queries, events or both, one record a line, and each may be wrapped in `_source` as index dumps have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aisle.shop.event import Event
from aisle.shop.values import BadValueError

UBI_KEYS = frozenset({"action_name", "user_query", "query_response_hit_ids", "event_attributes", "_source"})
"""Keys that tell a UBI log from a flat table."""


def values_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one record: a UBI event where there is an `action_name`, else a UBI query, which is a search.

    The session is `session_id`, else `client_id`, else `user_id`. The store and the typed prefix, for which UBI has no
    field of its own, are `store` and `prefix` among the attributes.
    """
    record = _unwrapped(record)
    if record.get("action_name"):
        attributes = _object(record, "event_attributes")
        values = {
            "action": record["action_name"],
            "query": record.get("user_query") or attributes.get("user_query") or _query_message(record),
            "product_id": _object(attributes, "object").get("object_id"),
            "position": _ordinal(_object(attributes, "position").get("ordinal")),
            "prefix": attributes.get("prefix"),
        }
    elif "user_query" in record:
        attributes = _object(record, "query_attributes")
        values = {"action": "search", "query": record["user_query"]}
    else:
        raise BadValueError("neither a UBI event (action_name) nor a UBI query (user_query)")
    sessions = (record.get("session_id"), attributes.get("session_id"), record.get("client_id"), record.get("user_id"))
    return values | {
        "timestamp": record.get("timestamp"),
        "session_id": next((session for session in sessions if session not in (None, "")), None),
        "query_id": record.get("query_id"),
        "store": record.get("store") or attributes.get("store"),
    }


def hits_of(record: Mapping[str, Any]) -> list[Any]:
    """Ids of the products a UBI query returned, best first; none for a UBI event."""
    record = _unwrapped(record)
    hits = record.get("query_response_hit_ids") if not record.get("action_name") else None
    return hits if isinstance(hits, list) else []


def record_of(event: Event) -> dict[str, Any]:
    """One event as a UBI record; `values_of` reads it back unchanged."""
    ids = {"query_id": event.query_id} if event.query_id else {}
    common = {**ids, "session_id": event.session_id, "timestamp": event.timestamp}
    store = {"store": event.store} if event.store else {}
    if event.action == "search":
        return {"user_query": event.query, **common, **({"query_attributes": store} if store else {})}
    attributes: dict[str, Any] = dict(store)
    if event.product_id:
        attributes["object"] = {"object_id": event.product_id, "object_id_field": "product_id"}
    if event.position is not None:
        attributes["position"] = {"ordinal": event.position}
    if event.prefix:
        attributes["prefix"] = event.prefix
    query = {"user_query": event.query} if event.query else {}
    return {"action_name": event.action, **query, **common, "event_attributes": attributes}


def impressions(values: Mapping[str, Any], hits: list[Any], first_position: int) -> Iterator[dict[str, Any]]:
    """The fields of one impression for each hit of a query, for logs that record no impressions of their own."""
    for place, hit in enumerate(hits, first_position):
        yield {**values, "action": "impression", "product_id": hit, "position": place}


def _unwrapped(record: Mapping[str, Any]) -> Mapping[str, Any]:
    source = record.get("_source")
    return source if isinstance(source, dict) else record


def _object(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = record.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadValueError(f"{key} is not an object")
    return value


def _ordinal(value: Any) -> Any:
    return value.get("index") if isinstance(value, dict) else value  # UBI 1.0 wrote {"index": n}


def _query_message(record: Mapping[str, Any]) -> Any:
    # UBI puts the query into `message` where the message type says so.
    return record.get("message") if str(record.get("message_type", "")).upper() == "QUERY" else None
