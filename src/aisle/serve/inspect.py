"""GET /api/inspect: the walk of a text through the encoder, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from aisle.serve import openapi
from aisle.serve.desk import Desk
from aisle.serve.parameters import Number, Text, read
from aisle.serve.walks import Walks

LONGEST = 100_000
TEXT = Text(name="text", description="The text to walk through.", default=None, max_length=LONGEST)
PAIR = Text(name="pair", description="A second text: sentence B, and the other side of the match.", max_length=LONGEST)
SUMMARY = (
    TEXT,
    PAIR,
    Text(
        name="steps",
        description="Which steps' numbers to put in: shell patterns with commas between, `*` for all; empty: none.",
        max_length=2000,
    ),
)
VALUES = (
    TEXT,
    PAIR,
    Text(name="name", description="Name of the step, as `steps` of /api/inspect lists them.", default=None),
    Number(name="head", description="One head of it; -1: all.", default=-1, least=-1, most=1000),
    Text(name="rows", description="Tokens FIRST:END; empty: all."),
    Number(
        name="cells",
        description="Average tokens by tokens (scores, weights) into at most so many cells a side; 0: no.",
        default=0,
        least=0,
        most=512,
    ),
)
TABLE = (
    Text(
        name="name",
        description="`position`, `sinusoidal`, or a parameter such as `layers.0.attention.query.weight`.",
        default="position",
    ),
    Text(name="rows", description="Rows FIRST:END; empty: all."),
)
NUMBERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Little-endian float32 in C order; the header x-shape has the shape.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
PROBLEMS = ("bad-parameter", "bad-request", "busy", "no-encoder", "not-ready", "no-torch")


def router(walks: Walks, desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["walk"])

    @routes.get(
        "/api/inspect",
        summary="Walk a text through the encoder",
        responses=openapi.problems(*PROBLEMS)
        | {200: {"description": "Encoder, path, tokens, steps, heads, pooled vectors, match."}},
        openapi_extra=openapi.query(SUMMARY),
    )
    async def inspect(request: Request) -> Response:
        values = read(SUMMARY, request.scope["query_string"])
        steps = [pattern.strip() for pattern in values["steps"].split(",") if pattern.strip()]
        body = await desk.run(lambda: walks.summary(values["text"], values["pair"], steps))
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})

    @routes.get(
        "/api/inspect/values",
        summary="The numbers of one step",
        responses=openapi.problems(*PROBLEMS) | NUMBERS,
        openapi_extra=openapi.query(VALUES),
    )
    async def inspect_values(request: Request) -> Response:
        values = read(VALUES, request.scope["query_string"])
        return numbers(await desk.run(lambda: walks.values(**values)))

    @routes.get(
        "/api/inspect/table",
        summary="Position vectors, or a parameter of the encoder",
        responses=openapi.problems(*PROBLEMS) | NUMBERS,
        openapi_extra=openapi.query(TABLE),
    )
    async def inspect_table(request: Request) -> Response:
        values = read(TABLE, request.scope["query_string"])
        return numbers(await desk.run(lambda: walks.table(**values)))

    return routes


def numbers(array: NDArray[np.float32]) -> Response:
    """An array as bytes, with its shape in a header."""
    return Response(
        np.ascontiguousarray(array, "<f4").tobytes(),
        media_type="application/octet-stream",
        headers={"x-shape": ",".join(map(str, array.shape)), "cache-control": "no-store"},
    )
