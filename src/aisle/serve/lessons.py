"""/lessons: small calculations that a reader can change, and GET /api/lessons, which does them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.errors import UserError
from aisle.json_text import from_json
from aisle.serve import openapi
from aisle.serve.desk import Desk
from aisle.serve.pages import page
from aisle.serve.parameters import Text, read
from aisle.serve.problems import ProblemError

VALUES = (
    Text(
        name="values",
        description='The inputs that were changed, as JSON: {"token": [[1, 2], [-1, 3]]}; empty: none.',
        max_length=8000,
    ),
)
NAME = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The lesson's `name` in /api/lessons.",
    "schema": {"type": "string", "maxLength": 64},
}
PROBLEMS = ("bad-parameter", "bad-request", "busy", "no-torch")


def router(name: str, *, shop: bool, desk: Desk) -> APIRouter:
    """The routes. `name` is on the sign; it leads to the shop where one is served."""
    routes = APIRouter(tags=["walk"])

    @routes.get("/lessons", include_in_schema=False)
    @routes.get("/lessons/{lesson}", include_in_schema=False)
    async def lessons_page() -> Response:
        return page("lessons.html", name=name, home="/" if shop else "/walk")

    @routes.get(
        "/api/lessons",
        summary="The lessons",
        responses=openapi.problems("bad-parameter", "busy", "no-torch")
        | {200: {"description": "Name, title and lead of each."}},
    )
    async def lessons(request: Request) -> Response:
        read((), request.scope["query_string"])
        check_torch()
        from aisle.inspection.lessons.contents import contents

        return JSONResponse({"lessons": contents()})

    @routes.get(
        "/api/lessons/{name}",
        summary="One lesson, worked with numbers of one's own",
        responses=openapi.problems(*PROBLEMS) | {200: {"description": "Inputs, steps, question."}},
        openapi_extra={"parameters": [NAME, *openapi.query(VALUES)["parameters"]]},
    )
    async def lesson(request: Request) -> Response:
        given = changed(read(VALUES, request.scope["query_string"])["values"])
        check_torch()
        from aisle.inspection.lessons.contents import worked

        asked = request.path_params["name"]
        return JSONResponse(await desk.run(lambda: worked(asked, given)))

    return routes


def changed(text: str) -> dict[str, Any]:
    """The inputs given in the address. Raises UserError where it is no JSON object."""
    if not text:
        return {}
    try:
        value = from_json(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UserError('values must be a JSON object of inputs, such as {"token": [[1, 2], [-1, 3]]}')
    return value


def check_torch() -> None:
    """Raise ProblemError where torch is not installed: the lessons are done by the modules that train."""
    if find_spec("torch") is None:
        raise ProblemError("no-torch", "The lessons run the modules that train, and torch is not installed here.")
