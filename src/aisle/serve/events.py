"""POST /api/events: what shoppers typed, saw and did, as UBI records."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.errors import UserError
from aisle.serve import openapi
from aisle.serve.body import read_json
from aisle.serve.context import Context
from aisle.serve.problems import ProblemError
from aisle.shop.actions import ACTIONS
from aisle.shop.event import Event
from aisle.shop.events_file import event_from

MOST_REASONS = 20

UBI_QUERY: dict[str, Any] = {
    "type": "object",
    "title": "UBI query: a search that was submitted",
    "required": ["user_query", "session_id", "timestamp"],
    "properties": {
        "user_query": {"type": "string"},
        "query_id": {"type": "string", "description": "Joins later clicks to this search."},
        "session_id": {"type": "string", "description": "Or client_id. Rotates; names nobody."},
        "timestamp": {"type": "string", "description": "ISO 8601; without a zone it is UTC."},
        "query_attributes": {"type": "object", "description": "May hold store."},
    },
}
UBI_EVENT: dict[str, Any] = {
    "type": "object",
    "title": "UBI event: anything else a shopper did",
    "required": ["action_name", "session_id", "timestamp"],
    "properties": {
        "action_name": {"type": "string", "description": f"One of {', '.join(ACTIONS)}, or a usual name for one."},
        "user_query": {"type": "string", "description": "The query; for suggestion actions the suggestion's text."},
        "query_id": {"type": "string"},
        "session_id": {"type": "string"},
        "timestamp": {"type": "string"},
        "event_attributes": {
            "type": "object",
            "description": "object.object_id is the product, position.ordinal its place from 1; also store and prefix.",
        },
    },
}
RECORD: dict[str, Any] = {"anyOf": [UBI_QUERY, UBI_EVENT]}
BODY_SCHEMA: dict[str, Any] = {"anyOf": [UBI_QUERY, UBI_EVENT, {"type": "array", "items": RECORD, "minItems": 1}]}
EXAMPLE = [
    {"user_query": "oat milk", "query_id": "q1", "session_id": "s1", "timestamp": "2026-01-26T18:30:00Z"},
    {
        "action_name": "add_to_cart",
        "user_query": "oat milk",
        "query_id": "q1",
        "session_id": "s1",
        "timestamp": "2026-01-26T18:30:09Z",
        "event_attributes": {"object": {"object_id": "a-1"}, "position": {"ordinal": 2}},
    },
]


class Rejected(BaseModel):
    """One record that was not kept."""

    index: int = Field(description="Its place in the list, from 0.")
    reason: str


class EventsAnswer(BaseModel):
    """What was kept. It is on disk when this arrives."""

    accepted: int
    rejected: int
    reasons: list[Rejected] = Field(description=f"The first {MOST_REASONS} records that were not kept.")


def router(context: Context) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["events"])

    @routes.post(
        "/api/events",
        summary="Log what shoppers did",
        description="One UBI record or a list. Usable records are kept, the others are named.",
        response_model=EventsAnswer,
        responses=openapi.problems("bad-parameter", "bad-json", "wrong-media-type", "too-large", "busy"),
        openapi_extra=openapi.json_body(BODY_SCHEMA, EXAMPLE),
    )
    async def add_events(request: Request) -> Response:
        kept, refused = sorted_out(await read_json(request), context.settings.max_records)
        if kept:
            await context.writes.run(lambda: context.shop.add_events(kept))
        context.metrics.add("aisle_events_total", "accepted", by=len(kept))
        context.metrics.add("aisle_events_total", "rejected", by=len(refused))
        if not kept:
            errors = [{"where": f"body[{one['index']}]", "problem": one["reason"]} for one in refused[:MOST_REASONS]]
            detail = f"None of the {len(refused)} events is usable. {errors[0]['where']}: {errors[0]['problem']}"
            raise ProblemError("bad-parameter", detail, errors=errors)
        return JSONResponse({"accepted": len(kept), "rejected": len(refused), "reasons": refused[:MOST_REASONS]})

    return routes


def sorted_out(body: Any, most: int) -> tuple[list[Event], list[dict[str, Any]]]:
    """Usable events, and why the others are not."""
    records = body if isinstance(body, list) else [body]
    if not records:
        raise ProblemError("bad-parameter", "The list is empty; send at least one event.")
    if len(records) > most:
        raise ProblemError("too-large", f"{len(records)} events were sent; at most {most} are allowed at once.")
    kept: list[Event] = []
    refused: list[dict[str, Any]] = []
    for index, record in enumerate(records):
        try:
            if not isinstance(record, dict):
                raise UserError("it is not an object")
            kept.append(event_from(record))
        except UserError as error:
            refused.append({"index": index, "reason": str(error)})
    return kept, refused
