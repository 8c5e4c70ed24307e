"""A small shop to serve, and a server for it on the loopback interface."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import uvicorn

from aisle.serve.app import create_app
from aisle.serve.run import config, listen
from aisle.serve.settings import ServeSettings
from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

TOKEN = "opensesame-42"
ATTACK = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
SPECIAL = (
    Product(
        product_id="X-1", title=f"Hostile {ATTACK}", brand="<b>Bold & Co</b>", category=("Odd", '"Quoted" \\ things')
    ),
    Product(product_id="X/2?a=b&c#d", title="Slash in its number", price=2.5, image="https://elsewhere.example/a.png"),
    Product(product_id="X-3", title="Café crème 🥐 brûlée", category=("Bakery",), price=3.0, in_stock=False),
)
SEARCHED = ("whole milk", "oat milk", "milk chocolate", "cheddar cheese", "café crème", f"hostile {ATTACK}")


def make_shop(path: Path, encoder: Path | str, *, products: int = 300) -> Path:
    """A built shop with a small simulated catalogue, some odd products, and searches to suggest from."""
    events = (
        Event(action="search", timestamp=f"2026-01-0{day}T10:00:00Z", session_id=f"s{day}-{place}", query=query)
        for place, query in enumerate(SEARCHED)
        for day in range(1, 9 - place // 3)
    )
    with Shop.create(path, name="Test & <Market>", simulated=True) as shop:
        shop.put_products([*sample_catalogue(products=products), *SPECIAL])
        shop.add_events(events)
        shop.build(BuildSettings(encoder=str(encoder)))
    return path


@contextmanager
def serving(path: Path, settings: ServeSettings | None = None) -> Iterator[httpx.Client]:
    """A client of a server of its own, on a free port of the loopback interface."""
    settings = replace(settings or ServeSettings(), port=0)
    listener = listen(settings)
    ready = threading.Event()
    with Shop.open(path) as shop:
        server = Ready(config(create_app(shop, settings), settings))
        server.ready = ready
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert ready.wait(30)
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(20)
            listener.close()
        assert not thread.is_alive()


class Ready(uvicorn.Server):
    """Says when it answers, or that it never will."""

    ready: threading.Event

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        try:
            await super().startup(sockets)  # type: ignore[arg-type]
        finally:
            self.ready.set()
