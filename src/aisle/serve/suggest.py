"""GET /api/suggest: completions of what is being typed."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from aisle.serve import openapi
from aisle.serve.context import Context
from aisle.serve.parameters import Flag, Number, Text, read
from aisle.serve.pictures import picture_address

PARAMETERS = (
    Text(name="q", description="What has been typed so far. Empty: what is searched for most.", max_length=10_000),
    Number(name="k", description="Most suggestions wanted.", default=10, least=1, most=100),
    Text(name="store", description="Only what this store can sell; empty: any store."),
    Text(name="previous", description="What the same visit searched for before.", max_length=10_000),
    Flag(name="explain", description="Say for each suggestion why it stands where it does."),
)


class SuggestionModel(BaseModel):
    """One completion."""

    text: str
    score: float = Field(description="Higher is better; comparable within one answer.")
    match: str = Field(description="How it matches: at its beginning (prefix), at a later word (word), and others.")
    start: int = Field(description="Where the matched part begins, in UTF-16 units as JavaScript counts.")
    end: int = Field(description="Where the matched part ends.")
    category: str = Field(default="", description="The kind of product it leads to; not given where it leads to many.")
    picture: str = Field(default="", description="Address of a picture; not given where there is none.")
    why: dict[str, Any] | None = Field(default=None, description="With explain: how it was found and scored.")


class SuggestAnswer(BaseModel):
    """Completions, best first."""

    suggestions: list[SuggestionModel]


def suggest(context: Context, query_string: bytes) -> bytes:
    """The JSON body of the answer. Takes well under a millisecond, so it runs on the event loop."""
    values = read(PARAMETERS, query_string)
    found = context.ready_shop().suggest(
        values["q"], store=values["store"], k=values["k"], previous=values["previous"], explain=values["explain"]
    )
    if not found:
        context.metrics.add("aisle_suggest_without_results_total")
    suggestions = []
    for item in found:
        start, end = item.start, item.end
        if not item.text.isascii():
            start, end = utf16(item.text[:start]), utf16(item.text[:end])
        one: dict[str, Any] = {
            "text": item.text,
            "score": round(item.score, 6),
            "match": item.match,
            "start": start,
            "end": end,
        }
        if item.category:
            one["category"] = item.category
        if item.image:
            one["picture"] = picture_address(item.image, context.settings.image_origins)
        if item.why is not None:
            one["why"] = item.why
        suggestions.append(one)
    return json.dumps({"suggestions": suggestions}, ensure_ascii=False, separators=(",", ":")).encode()


def utf16(text: str) -> int:
    """Length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2


def router(context: Context) -> APIRouter:
    """The route, for its documentation and for methods other than GET; Front answers GET by the same function."""
    routes = APIRouter(tags=["search"])

    @routes.get(
        "/api/suggest",
        summary="Complete what is being typed",
        response_model=SuggestAnswer,
        responses=openapi.problems("bad-parameter", "bad-request", "not-ready"),
        openapi_extra=openapi.query(PARAMETERS),
    )
    async def answer(request: Request) -> Response:
        return Response(suggest(context, request.scope["query_string"]), media_type="application/json")

    return routes
