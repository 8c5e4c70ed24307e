"""GET /lab and what it draws from: training runs, kept evaluations, and what the shop's versions learned."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.serve import openapi
from aisle.serve.desk import Desk
from aisle.serve.learned import versions_learned
from aisle.serve.pages import page
from aisle.serve.parameters import read
from aisle.serve.problems import ProblemError
from aisle.serve.runs import Runs
from aisle.storefront.shop import Shop

PROBLEMS = ("bad-parameter", "busy", "not-found")
KEY = {
    "name": "key",
    "in": "path",
    "required": True,
    "description": "Its `key` in /api/lab.",
    "schema": {"type": "string", "maxLength": 64},
}


def router(shop: Shop, runs: Runs, desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["lab"])

    @routes.get("/lab", include_in_schema=False)
    async def lab_page() -> Response:
        return page("lab.html")

    @routes.get(
        "/api/lab",
        summary="Training runs, evaluations and rankers",
        responses=openapi.problems("bad-parameter", "busy")
        | described("Runs, evaluations, rankers, and what the shop's versions learned; newest first."),
    )
    async def lab(request: Request) -> Response:
        read((), request.scope["query_string"])
        return answer(await desk.run(lambda: runs.listing() | {"versions": versions_learned(shop)}))

    @routes.get(
        "/api/lab/runs/{key}",
        summary="One training run",
        responses=openapi.problems(*PROBLEMS) | described("Settings, result and curves."),
        openapi_extra={"parameters": [KEY]},
    )
    async def run(request: Request) -> Response:
        read((), request.scope["query_string"])
        key = request.path_params["key"]
        return answer(found(await desk.run(lambda: runs.run(key)), "run", key))

    @routes.get(
        "/api/lab/evaluations/{key}",
        summary="One evaluation",
        responses=openapi.problems(*PROBLEMS) | described("Numbers, command, and the figure's points."),
        openapi_extra={"parameters": [KEY]},
    )
    async def evaluation(request: Request) -> Response:
        read((), request.scope["query_string"])
        key = request.path_params["key"]
        return answer(found(await desk.run(lambda: runs.evaluation(key)), "evaluation", key))

    return routes


def described(description: str) -> dict[int | str, dict[str, Any]]:
    """The answer of a route in the description of the interface."""
    return {200: {"description": description}}


def answer(value: object) -> Response:
    """JSON that is not kept: a run goes on while one looks."""
    return JSONResponse(value, headers={"cache-control": "no-store"})


def found(value: dict[str, Any] | None, what: str, key: str) -> dict[str, Any]:
    """The value, if there is one. Raises ProblemError `not-found`."""
    if value is None:
        raise ProblemError("not-found", f"There is no {what} {key[:40]!r}; GET /api/lab lists them.")
    return value
