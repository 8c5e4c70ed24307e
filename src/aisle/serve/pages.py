"""The pages for people: the shop at / and the description of the interface at /docs."""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path
from string import Template

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from aisle.serve.context import Context

STATIC = Path(__file__).parent / "static"


@cache
def template(name: str) -> Template:
    """A page with $-places to fill in."""
    return Template((STATIC / name).read_text(encoding="utf-8"))


def static_files() -> StaticFiles:
    """Scripts, styles and pictures of the pages, all from this package."""
    return StaticFiles(directory=STATIC)


def router(context: Context) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def shop_page() -> Response:
        shop = context.shop
        facts = {
            "name": shop.name,
            "simulated": shop.simulated,
            "version": shop.version,
            "stores": await context.searches.run(shop.stores),
        }
        return page("index.html", name=shop.name, facts=json.dumps(facts))

    @routes.get("/docs")
    async def docs_page() -> Response:
        return page("docs.html", name=context.shop.name)

    @routes.get("/favicon.ico")
    async def favicon() -> Response:
        return RedirectResponse("/static/icon.svg", status_code=308)

    return routes


def page(file: str, **values: str) -> Response:
    """A page with its places filled in, each value escaped."""
    escaped = {key: html.escape(value) for key, value in values.items()}
    return HTMLResponse(template(file).substitute(escaped), headers={"cache-control": "no-cache"})
