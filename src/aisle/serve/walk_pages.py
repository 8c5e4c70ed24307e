"""The pages of the walk: /walk itself, and the lessons beside it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from aisle.serve.pages import STATIC, page
from aisle.serve.problems import ProblemError

LESSONS = tuple(sorted(path.stem for path in (STATIC / "lessons").glob("*.html")))


def router(name: str, *, shop: bool) -> APIRouter:
    """The routes. `name` is on the sign; it leads to the shop where one is served."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/walk")
    async def walk_page() -> Response:
        return page("walk.html", **walk_values(name, shop=shop))

    @routes.get("/lessons")
    async def lessons_page() -> Response:
        if not LESSONS:
            raise ProblemError("not-found", "There are no lessons here.")
        return page("lessons/index.html", name=name)

    @routes.get("/lessons/{lesson}")
    async def lesson_page(lesson: str) -> Response:
        if lesson not in LESSONS:
            raise ProblemError("not-found", f"There is no lesson {lesson[:60]!r}.")
        return page(f"lessons/{lesson}.html", name=name)

    return routes


def walk_values(name: str, *, shop: bool, facts: dict[str, Any] | None = None) -> dict[str, str]:
    """What fills the places of walk.html."""
    given = {"shop": shop, "lessons": bool(LESSONS), "file": False} | (facts or {})
    return {"name": name, "home": "/" if shop else "/walk", "facts": json.dumps(given)}
