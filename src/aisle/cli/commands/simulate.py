"""`aisle simulate`: shopper sessions with known intent, in the events schema."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from aisle.cli.output import notices, print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.shop.sample.sales import simulate_past_sales
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.shop.sample.shopper import SIMULATION_END, simulate_sessions
from aisle.storefront.shop import Shop
from aisle.storefront.simulation import write_events


@dataclass(frozen=True, kw_only=True)
class Simulate:
    """Simulate shopper sessions on a shop's products and write them as events."""

    shop: Path
    """Directory of the shop."""
    sessions: int
    """Sessions to simulate."""
    output: str
    """JSONL file for the events, .gz too; `-` is standard output."""
    seed: int = 7
    """Same seed, same shop: same events."""
    days: int = 90
    """Days over which the sessions are spread."""
    sales_years: int = 0
    """Years of sales in all; those before the sessions are purchases alone, as a till keeps them. 0: none before."""
    baskets: int = 40_000
    """Baskets that were sold in those years before the sessions."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        if not 0 <= self.sales_years <= 50 or self.baskets < 0:
            raise UserError("sales-years must be from 0 to 50, and baskets at least 0")
        for name in ("sessions", "days"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 1")

    def run(self) -> None:
        """Simulate and write."""
        with Shop.open(self.shop) as shop, progress_bar(shown=not self.json) as progress:
            products = list(shop.ledger.products())
            events = simulate_sessions(
                products, sessions=self.sessions, seed=self.seed, end=SIMULATION_END, days=self.days
            )
            past = simulate_past_sales(
                products, years=self.sales_years, baskets=self.baskets, seed=self.seed, days=self.days
            )
            report = write_events(chain(past, events), self.output, progress)
        report = {"sessions": self.sessions, **report, "note": SIMULATED_NOTE}
        if self.json:
            print_json(report)
        elif self.output != "-":
            print_facts("simulated", report)
        else:
            notices.print(SIMULATED_NOTE)
