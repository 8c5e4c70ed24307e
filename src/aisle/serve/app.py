"""`create_app`: one shop as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from aisle import __version__
from aisle.errors import BusyError, UserError
from aisle.model.word_config import is_word_encoder
from aisle.serve import (
    ask,
    compare,
    complete,
    embeddings,
    events,
    health,
    inspect,
    lab,
    lessons,
    openapi,
    pages,
    pictures,
    problems,
    products,
    search,
    suggest,
    walk_pages,
)
from aisle.serve.admin import Gate
from aisle.serve.batching import Batcher
from aisle.serve.context import Context
from aisle.serve.counted import FAMILIES
from aisle.serve.desk import Desk
from aisle.serve.front import Front
from aisle.serve.metrics import Metrics
from aisle.serve.problems import ProblemError
from aisle.serve.runs import Runs
from aisle.serve.settings import ServeSettings
from aisle.serve.walks import Walks
from aisle.storefront.shop import Shop

logger = logging.getLogger("aisle.serve")
ABOUT = "Search, suggestions and embeddings of one shop. Errors are problem documents (RFC 9457)."


def create_app(shop: Shop, settings: ServeSettings | None = None, *, counts_directory: Path | None = None) -> ASGIApp:
    """The application that serves `shop`, which stays open until the caller closes it.

    `counts_directory` is shared by the workers of one server, so that /metrics sums over all of them.
    """
    settings = settings or ServeSettings()
    metrics = Metrics(FAMILIES, counts_directory)
    searches, writes, encoding, walking, looking, completing, asking = (
        Desk(name, threads=threads, max_waiting=settings.max_waiting, metrics=metrics)
        for name, threads in (
            ("search", settings.threads),
            ("write", 1),
            ("embedding", 1),
            ("inspect", 1),
            ("lab", 1),
            ("complete", 1),
            ("ask", 1),
        )
    )
    context = Context(
        shop=shop,
        settings=settings,
        metrics=metrics,
        searches=searches,
        writes=writes,
        embeddings=encoding,
        gate=Gate(settings),
    )
    batcher = Batcher(settings, metrics, encoding)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await warm(context)
        watch = asyncio.create_task(watch_versions(context))
        batcher.start()
        metrics.set("aisle_workers", 1)
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            await batcher.stop()
            for desk in (searches, writes, encoding, walking, looking, completing, asking):
                desk.close()
            metrics.close()

    app = FastAPI(
        title=f"aisle: {shop.name}",
        version=__version__,
        description=ABOUT,
        # The pages that FastAPI brings load scripts from other servers; /docs is our own.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for kind in (HTTPException, UserError, BusyError, Exception):
        app.add_exception_handler(kind, problems.handle)
    app.add_exception_handler(RequestValidationError, problems.handle_validation)
    for routes in (
        search.router(context),
        suggest.router(context),
        events.router(context),
        products.router(context),
        embeddings.router(context, batcher),
        compare.router(context),
        health.router(context),
        pictures.router(),
        pages.router(context),
        inspect.router(Walks(partial(walked_encoder, context)), walking),
        walk_pages.router(shop.name, shop=True),
        complete.router(complete.Compose(settings.completer), completing),
        ask.router(ask.Asking(shop, settings.ask_model), asking),
        lessons.router(shop.name, shop=True, desk=walking),
        *([lab.router(shop, Runs(lab_places(shop, settings)), looking)] if settings.lab else []),
    ):
        app.include_router(routes)
    app.mount("/static", pages.static_files(), name="static")
    document = partial(FastAPI.openapi, app)
    app.openapi = lambda: described(app, document)  # type: ignore[method-assign]
    return Front(app, settings=settings, metrics=metrics, quick={"/api/suggest": partial(suggest.suggest, context)})


def described(app: FastAPI, document: Any) -> dict[str, Any]:
    """/openapi.json, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = openapi.complete(document())
    return app.openapi_schema


def walked_encoder(context: Context) -> Path:
    """The encoder of the live version: its query tower, or the product tower where queries are looked up in a table,
    which has no steps to walk through. Raises ProblemError where there is none."""
    towers = context.ready_shop().towers
    if towers is None:
        raise ProblemError("no-encoder", "The live version was built without an encoder.")
    return towers.product_directory if is_word_encoder(towers.directory) else towers.directory


def lab_places(shop: Shop, settings: ServeSettings) -> list[Path]:
    """Where /lab looks: the shop's own runs, and the directories that were named."""
    return [shop.path / "runs", *map(Path, settings.runs)]


async def warm(context: Context) -> None:
    """Load what the first search needs, so that the first shopper does not wait for it."""
    shop = context.shop
    context.metrics.set("aisle_version", shop.version or 0)
    if shop.version is not None:
        await asyncio.to_thread(shop.search, "warm", k=1)
        await asyncio.to_thread(shop.suggest, "w", k=1)


async def watch_versions(context: Context) -> None:
    """Take up versions and changes that other processes publish, for as long as the server runs."""
    failed = False
    while True:
        await asyncio.sleep(context.settings.refresh_seconds)
        try:
            changed = await asyncio.to_thread(context.shop.refresh)
            context.metrics.set("aisle_changes_waiting", await asyncio.to_thread(context.shop.show_changes))
            context.metrics.set("aisle_changes_truncated", context.shop.changed_texts_truncated)
            context.metrics.add("aisle_refreshes_total", "new" if changed else "same")
            context.metrics.set("aisle_version", context.shop.version or 0)
            failed = False
        except Exception:
            # The version that serves goes on serving. One line in the log until it works again.
            context.metrics.add("aisle_refreshes_total", "failed")
            if not failed:
                logger.exception("cannot look for a new version; serving version %s", context.shop.version)
            failed = True
