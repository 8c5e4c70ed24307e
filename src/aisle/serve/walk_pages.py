"""The page /walk."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from aisle.serve.pages import page


def router(name: str, *, shop: bool) -> APIRouter:
    """The route. `name` is on the sign; it leads to the shop where one is served."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/walk")
    async def walk_page() -> Response:
        return page("walk.html", **walk_values(name, shop=shop))

    return routes


def walk_values(name: str, *, shop: bool, facts: dict[str, Any] | None = None) -> dict[str, str]:
    """What fills the places of walk.html."""
    given = {"shop": shop, "lessons": True, "file": False} | (facts or {})
    return {"name": name, "home": "/" if shop else "/walk", "facts": json.dumps(given)}
