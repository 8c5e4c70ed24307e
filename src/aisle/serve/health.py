"""GET /healthz, /readyz and /metrics: is it alive, can it answer, what has it done."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from aisle.serve import openapi
from aisle.serve.context import Context


class Health(BaseModel):
    """The process answers."""

    status: str


class Readiness(BaseModel):
    """The shop can be searched, and its ledger read."""

    status: str
    version: int
    encoder: Literal["none", "used", "failing"]
    """Whether queries are also searched by meaning. A shop whose encoder fails still answers, by words."""


def router(context: Context) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz", summary="Is the process alive?", response_model=Health)
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    @routes.get(
        "/readyz",
        summary="Can the shop be searched?",
        response_model=Readiness,
        responses=openapi.problems("not-ready", "busy"),
    )
    async def readyz() -> Response:
        # What shoppers and their events need, for real: an index or a ledger that cannot be read shows here, not at
        # the first of them.
        shop = context.ready_shop()
        budget = context.settings.encoder_milliseconds / 1000

        def look() -> None:
            shop.search("ready", k=1, encoder_seconds=budget)
            shop.ledger.revision()

        await context.searches.run(look)
        shop.suggest("a", k=1)
        encoder = "none" if not shop.fingerprint else "failing" if shop.encoder_failing else "used"
        return JSONResponse(
            {"status": "ready", "version": shop.version, "encoder": encoder}, headers={"cache-control": "no-store"}
        )

    @routes.get(
        "/metrics",
        summary="Counters for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Text format."}},
    )
    async def metrics() -> Response:
        return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
