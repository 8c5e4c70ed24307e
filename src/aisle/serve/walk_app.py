"""The walk by itself, without a shop: what `aisle inspect --serve` runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from aisle import __version__
from aisle.errors import BusyError, UserError
from aisle.serve import inspect, lessons, pages, problems, walk_pages
from aisle.serve.counted import FAMILIES
from aisle.serve.desk import Desk
from aisle.serve.front import Front
from aisle.serve.metrics import Metrics
from aisle.serve.run import Server, address_of, config, listen, stopped_by_signals
from aisle.serve.settings import ServeSettings
from aisle.serve.walks import Walks


def create_walk_app(encoder: str, settings: ServeSettings) -> ASGIApp:
    """The page /walk and its numbers, over one encoder."""
    metrics = Metrics(FAMILIES, None)
    walking = Desk("inspect", threads=1, max_waiting=settings.max_waiting, metrics=metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        walking.close()
        metrics.close()

    app = FastAPI(title="aisle: the walk", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    for kind in (HTTPException, UserError, BusyError, Exception):
        app.add_exception_handler(kind, problems.handle)
    app.add_exception_handler(RequestValidationError, problems.handle_validation)
    app.include_router(inspect.router(Walks(lambda: encoder), walking))
    app.include_router(walk_pages.router("aisle", shop=False))
    app.include_router(lessons.router("aisle", shop=False, desk=walking))
    app.mount("/static", pages.static_files(), name="static")

    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return RedirectResponse("/walk")

    return Front(app, settings=settings, metrics=metrics)


def run_walk(encoder: str, *, port: int, started: Callable[[str], None] | None = None) -> None:
    """Serve the walk on this machine only, until it is told to stop. `started` is given the server's address.

    Raises
        UserError: the port cannot be opened.
    """
    settings = ServeSettings(port=port)
    listener = listen(settings)
    try:
        with stopped_by_signals():
            server = Server(config(create_walk_app(encoder, settings), settings))
            server.started_hook = partial(started, address_of(listener)) if started else None
            server.run(sockets=[listener])
    finally:
        listener.close()
