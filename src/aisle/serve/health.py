"""GET /healthz, /readyz and /metrics: is it alive, can it answer, what has it done."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from aisle.serve import openapi
from aisle.serve.context import Context


class Health(BaseModel):
    """The process answers."""

    status: str


class Readiness(BaseModel):
    """The shop can be searched."""

    status: str
    version: int


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
        # A real search and a real suggestion: an index that cannot be read shows here, not at the first shopper.
        shop = context.ready_shop()
        await context.searches.run(lambda: shop.search("", k=1))
        shop.suggest("a", k=1)
        return JSONResponse({"status": "ready", "version": shop.version}, headers={"cache-control": "no-store"})

    @routes.get(
        "/metrics",
        summary="Counters for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Text format."}},
    )
    async def metrics() -> Response:
        return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
