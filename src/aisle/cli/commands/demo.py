"""`aisle demo`: the whole line once, from a simulated catalogue to a search box."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_facts, print_table, results
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.progress import Progress
from aisle.shop.event import Event
from aisle.shop.sample.catalogue import largest_catalogue, sample_catalogue
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.shop.sample.shopper import SIMULATION_END, simulate_sessions
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

QUERIES = ("whole milk", "something for breakfast", "gluten free pasta", "fizzy drink", "diapers size 2")
PREFIXES = ("ice c", "mil", "gluten")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Make the sample shop (simulated products and shoppers), build it, show a few searches, serve it."""

    shop: Positional[Path]
    """Directory of the sample shop; made if it does not exist, built again if it does."""
    products: int = 12_000
    """Products in the catalogue."""
    sessions: int = 6_000
    """Shopper sessions in the log."""
    seed: int = 7
    """Same seed: same shop."""
    encoder: str = "minilm"
    """Encoder of the shop."""
    port: int = 8000
    """Port to serve on."""
    serve: bool = True
    """Serve the shop after the summary."""

    def __post_init__(self) -> None:
        if not 1 <= self.products <= largest_catalogue():
            raise UserError(f"products is {self.products}; it must be from 1 to {largest_catalogue()}")
        if self.sessions < 1:
            raise UserError(f"sessions is {self.sessions}; it must be at least 1")

    def run(self) -> None:
        """Make, build, show, serve."""
        started = time.perf_counter()
        with Shop.create(self.shop, name="aisle sample shop", simulated=True) as shop:
            with progress_bar() as progress:
                self._load(shop, progress)
                report = shop.build(BuildSettings(encoder=self.encoder), progress)
            print_facts(
                "the sample shop is built",
                {
                    "products": report.products,
                    "events": shop.ledger.count_events(),
                    "suggestions": report.suggestions,
                    "encoder": report.encoder,
                    "seconds": round(time.perf_counter() - started, 1),
                    "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                    "size on disk, MB": round(shop.status().bytes / 1e6),
                },
            )
            _show(shop)
        notices.print(SIMULATED_NOTE)
        if self.serve:
            from aisle.serve.run import run
            from aisle.serve.settings import ServeSettings

            settings = ServeSettings(port=self.port)
            run(self.shop, settings, started=lambda address: notices.print(f"serving the shop on {address}"))

    def _load(self, shop: Shop, progress: Progress) -> None:
        products = sample_catalogue(products=self.products, seed=self.seed)
        progress("make products", len(products), len(products))
        shop.put_products(products)
        if shop.ledger.count_events():
            return
        sessions = simulate_sessions(products, sessions=self.sessions, seed=self.seed, end=SIMULATION_END)

        def counted() -> Iterator[Event]:
            for done, event in enumerate(sessions, 1):
                if done % 5000 == 0:
                    progress("simulate shoppers", done, 0)
                yield event

        shop.add_events(counted())


def _show(shop: Shop) -> None:
    rows = []
    for query in QUERIES:
        answer = shop.search(query, k=3)
        for place, hit in enumerate(answer.hits):
            rows.append((query if place == 0 else "", hit.title, f"{hit.score:.3f}", f"{answer.milliseconds:.1f} ms"))
    results.print()
    print_table("searches", ("query", "result", "score", "time"), rows)
    suggestions = [(prefix, ", ".join(found.text for found in shop.suggest(prefix, k=6))) for prefix in PREFIXES]
    results.print()
    print_table("suggestions", ("typed", "suggested"), suggestions)
