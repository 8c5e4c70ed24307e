"""`run`: listen, serve, stop."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.supervisors import Multiprocess

from aisle.errors import UserError
from aisle.serve.app import create_app
from aisle.serve.heaps import share_heaps
from aisle.serve.settings import ServeSettings
from aisle.storefront.shop import Shop

# What a worker process is told by the one that starts it. The admin token is not part of it: it has its own variable.
WORKER_VARIABLE = "AISLE_SERVE_WORKER"
# A query of 10,000 characters, each written as up to 12 in an address, and its headers.
LONGEST_HEAD = 256 * 1024


def run(
    shop_path: str | Path,
    settings: ServeSettings | None = None,
    *,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve the shop until it is told to stop (SIGINT, SIGTERM). Running requests are finished first.

    `started` is called with the server's address once it listens. Raises UserError if the shop or the port cannot be
    opened.
    """
    settings = settings or ServeSettings()
    share_heaps()
    shop = Shop.open(shop_path)
    listener = listen(settings)
    address = address_of(listener)
    try:
        with stopped_by_signals():
            if settings.workers == 1:
                with shop:
                    server = Server(config(create_app(shop, settings), settings))
                    server.started_hook = partial(started, address) if started else None
                    server.run(sockets=[listener])
            else:
                shop.close()
                serve_with_workers(shop_path, settings, listener, partial(started, address) if started else None)
    finally:
        listener.close()


def serve_with_workers(
    shop_path: str | Path, settings: ServeSettings, listener: socket.socket, started: Callable[[], None] | None
) -> None:
    """Start worker processes that accept from the same listener, and replace one that dies."""
    with tempfile.TemporaryDirectory(prefix="aisle-metrics-") as counts:
        told = {"shop": str(Path(shop_path).absolute()), "settings": asdict(settings), "counts": counts}
        os.environ[WORKER_VARIABLE] = json.dumps(told)
        if started:
            started()
        Multiprocess(config("aisle.serve.run:worker", settings), sockets=[listener]).run()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the block in order.

    uvicorn finishes what runs and then sends itself the signal again; it must not end the process before the shop is
    closed.
    """
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if in_main else None
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)


class Server(uvicorn.Server):
    """A server that says when it is ready."""

    started_hook: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load the shop, then listen, then say so."""
        await super().startup(sockets)
        if self.started_hook and self.started:
            self.started_hook()


def listen(settings: ServeSettings) -> socket.socket:
    """The listening socket."""
    listener = None
    try:
        info = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        # With the protocol named, asyncio sends small packets at once (TCP_NODELAY); without, answers wait 40 ms.
        listener = socket.socket(info[0], info[1], info[2])
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(info[4])
        listener.listen(2048)
    except OSError as error:
        if listener is not None:
            listener.close()
        reason = error.strerror or error
        raise UserError(
            f"cannot listen on {settings.host} port {settings.port}: {reason}; choose another --host or --port"
        ) from None
    listener.set_inheritable(True)
    return listener


def address_of(listener: socket.socket) -> str:
    """Where a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def config(app: ASGIApp | str, settings: ServeSettings) -> uvicorn.Config:
    """How uvicorn runs the application."""
    logging.getLogger("aisle.serve").setLevel(logging.INFO)
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        # Its access log would hold what people search for; ours does not.
        access_log=False,
        log_level="warning",
        lifespan="on",
        server_header=False,
        # Named, because uvicorn takes httptools where it happens to be installed, and that one answers an unknown
        # method and a long address itself, in plain text.
        http="h11",
        # Believe no one about where a request comes from.
        proxy_headers=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def stop_with_starter() -> None:
    """Stop this worker in order if the process that started it is killed: it would hold the port for ever."""
    starter = multiprocessing.parent_process()
    if starter is None:
        return

    def wait() -> None:
        starter.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="aisle-starter", daemon=True).start()


def worker() -> ASGIApp:
    """The application of one worker process, opened by what its starter told it; closes the shop when it stops."""
    share_heaps()
    stop_with_starter()
    told = json.loads(os.environ[WORKER_VARIABLE])
    # JSON has lists where the settings have tuples.
    given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in told["settings"].items()}
    settings = ServeSettings(**given)
    shop = Shop.open(told["shop"])
    app = create_app(shop, settings, counts_directory=Path(told["counts"]))

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if scope["type"] == "lifespan":
                shop.close()

    return closing
