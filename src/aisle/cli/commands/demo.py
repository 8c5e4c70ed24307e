"""`aisle demo`: the whole line once, from a simulated catalogue to a search box."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_facts, print_table, results
from aisle.cli.progress import progress_bar
from aisle.errors import AisleError, UserError
from aisle.evaluation.retrieval import RECALL_DEPTH, Judgments, evaluate_retrieval
from aisle.progress import Progress
from aisle.search.request import Mode
from aisle.shop.event import Event
from aisle.shop.sample.catalogue import largest_catalogue, sample_catalogue
from aisle.shop.sample.judgments import query_meanings, sample_judgments
from aisle.shop.sample.needs import sample_needs
from aisle.shop.sample.sales import simulate_past_sales
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.shop.sample.shopper import SIMULATION_END, simulate_sessions
from aisle.storefront.build import BuildReport
from aisle.storefront.gate import held_out
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

QUERIES = ("whole milk", "something for breakfast", "gluten free pasta", "fizzy drink", "diapers size 2")
PREFIXES = ("ice c", "mil", "gluten")
JUDGED, JUDGED_SEED = 1500, 11
"""Queries of known meaning that are drawn; the one in ten that nothing was trained on is measured."""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Make the sample shop (simulated products and shoppers), build it, show a few searches, serve it."""

    shop: Positional[Path]
    """Directory of the sample shop; made if it does not exist, built again if it does."""
    products: int = 12_000
    """Products in the catalogue."""
    sessions: int = 6_000
    """Shopper sessions in the log."""
    sales_years: int = 5
    """Years of sales that the ledger has, the log among them; 0 leaves out those before the log."""
    baskets: int = 40_000
    """Baskets that were sold in those years before the log."""
    seed: int = 7
    """Same seed: same shop."""
    encoder: str = "minilm"
    """Encoder to begin with."""
    train_minutes: float = 1.0
    """How long the shop's own encoder is trained on its log; 0 leaves it out. Needs torch."""
    port: int = 8000
    """Port to serve on."""
    serve: bool = True
    """Serve the shop after the summary."""

    def __post_init__(self) -> None:
        if not 1 <= self.products <= largest_catalogue():
            raise UserError(f"products is {self.products}; it must be from 1 to {largest_catalogue()}")
        if self.sessions < 1:
            raise UserError(f"sessions is {self.sessions}; it must be at least 1")
        if not 0 <= self.sales_years <= 50 or self.baskets < 0:
            raise UserError("sales-years must be from 0 to 50, and baskets at least 0")
        if not 0 <= self.train_minutes <= 600:
            raise UserError(f"train_minutes is {self.train_minutes}; it must be from 0 to 600")

    def run(self) -> None:
        """Make, build, show, serve."""
        started = time.perf_counter()
        with Shop.create(self.shop, name="aisle sample shop", simulated=True) as shop:
            with progress_bar() as progress:
                self._load(shop, progress)
                report = shop.build(BuildSettings(encoder=self.encoder, ranker="none", force=True), progress)
                trained = self._train(shop, report.version, progress)
            print_facts(
                "the sample shop is built",
                {
                    "version": shop.version,
                    "products": report.products,
                    "events": shop.ledger.count_events(),
                    "suggestions": report.suggestions,
                    "encoder": report.encoder if trained is None else trained.encoder,
                    "order of hits": report.ranker if trained is None else trained.ranker,
                    "seconds": round(time.perf_counter() - started, 1),
                    "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                    "size on disk, MB": round(shop.status().bytes / 1e6),
                },
            )
            if trained is not None:
                _compare(shop, report.version, trained.version)
            _show(shop)
        notices.print(SIMULATED_NOTE)
        notices.print(f"questions in plain words: aisle train ask {self.shop}, and then aisle ask {self.shop} QUESTION")
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
        sales = simulate_past_sales(products, years=self.sales_years, baskets=self.baskets, seed=self.seed)

        def counted() -> Iterator[Event]:
            for done, event in enumerate(chain(sales, sessions), 1):
                if done % 5000 == 0:
                    progress("simulate shoppers", done, 0)
                yield event

        shop.add_events(counted())

    def _train(self, shop: Shop, before: int, progress: Progress) -> BuildReport | None:
        """Train the shop's own encoder on its log and build with it; None where that is left out or does not pay."""
        if not self.train_minutes:
            return None
        if find_spec("torch") is None or find_spec("duckdb") is None:
            notices.print("not trained: that needs pip install torch==2.13.0 and then 'aisle[train]'")
            return None
        towers = shop.path / "runs" / f"towers-of-version-{before}"
        # A process of its own: the one that serves never loads torch.
        command = [sys.executable, "-m", "aisle.cli.main", "train", "two-tower", "--shop", str(shop.path), "--json"]
        command += ["--encoder", self.encoder, "--output", str(towers), "--minutes", f"{self.train_minutes:g}"]
        # So short a training needs large steps, and titles to know the many products that few searched for by.
        command += ["--learning-rate", "2e-4", "--title-queries", "1"]
        progress("train the shop's encoder", 0, 1)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise AisleError(
                f"training stopped ({done.stderr.strip().splitlines()[-1:]}); --train-minutes 0 leaves it out"
            )
        progress("train the shop's encoder", 1, 1)
        try:
            return shop.build(BuildSettings(encoder=str(towers)), progress)
        except UserError as error:
            notices.print(str(error), markup=False)
            return None


def _compare(shop: Shop, before: int, after: int) -> None:
    """Both versions on queries whose true answers are known."""
    products = list(shop.ledger.products())
    judgments: Judgments = {}
    queries = min(JUDGED, len(query_meanings(sample_needs(products))))
    for judgment in sample_judgments(products, queries=queries, seed=JUDGED_SEED):
        if not held_out(judgment.query):
            continue
        judgments.setdefault(judgment.query, {})[judgment.product_id] = judgment.relevance
    if not judgments:
        notices.print("not compared: the catalogue is too small to have queries that nothing was trained on")
        return
    rows = []
    modes: tuple[Mode, ...] = ("semantic", "hybrid")
    for mode in modes:
        found = [
            evaluate_retrieval(
                lambda query, mode=mode, version=version: [  # type: ignore[misc]
                    hit.product_id for hit in shop.search(query, k=RECALL_DEPTH, mode=mode, version=version).hits
                ],
                judgments,
                relevant=1.0,
            ).as_dict()
            for version in (before, after)
        ]
        rows += [(mode, name, found[0][name], found[1][name]) for name in ("recall@20", "ndcg@10", "mrr@10")]
    results.print()
    title = f"{len(judgments)} queries that nothing was trained on: version {before}, then {after} after training"
    print_table(title, ("search", "", "before", "after"), rows)


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
