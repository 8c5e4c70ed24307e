"""The pages of the walk: /walk itself, and the lessons beside it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from aisle.serve.pages import STATIC, page
from aisle.serve.problems import ProblemError

LESSONS = tuple(sorted(path.stem for path in (STATIC / "lessons").glob("*.html")))


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/walk")
    async def walk_page() -> Response:
        return page("walk.html")

    @routes.get("/lessons")
    async def lessons_page() -> Response:
        return page("lessons/index.html")

    @routes.get("/lessons/{name}")
    async def lesson_page(name: str) -> Response:
        if name not in LESSONS:
            raise ProblemError("not-found", f"There is no lesson {name[:60]!r}.")
        return page(f"lessons/{name}.html")

    return routes
