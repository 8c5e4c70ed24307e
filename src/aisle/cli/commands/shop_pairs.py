"""`aisle shop pairs`: the training pairs that a shop's log gives, the evidence of each, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from aisle.cli.output import notices, print_facts, print_json, print_table
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.mining.output import as_row, pairs_file
from aisle.mining.pairs import mining
from aisle.mining.report import MiningReport
from aisle.mining.settings import PairSettings
from aisle.shop.mapping import load_event_map
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class ShopPairs(PairSettings):
    """Show which product answers which query by the shop's log, with the evidence, and what each filter dropped."""

    shop: Positional[Path]
    """Directory of the shop."""
    events: tuple[Path, ...] = ()
    """Log files to mine in place of the shop's own events: flat tables or UBI; CSV, TSV, JSONL, Parquet, .gz too."""
    map: Path | None = None
    """TOML or JSON file that says which column of the log files is which field."""
    output: Path | None = None
    """Write all pairs to this .tsv or .jsonl file (.gz too), for `aisle train two-tower --pairs`."""
    limit: int = 20
    """Pairs shown, those of the most converting queries first; 0 for none."""
    query: str = ""
    """Show only pairs of queries that hold this text."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        PairSettings.__post_init__(self)
        if self.limit < 0:
            raise UserError(f"limit is {self.limit}; it must be 0 or more")

    def run(self) -> None:
        """Mine, show, write."""
        settings = PairSettings(**{field.name: getattr(self, field.name) for field in fields(PairSettings)})
        event_map = None if self.map is None else load_event_map(self.map)
        with Shop.open(self.shop) as shop, progress_bar(shown=not self.json) as progress:
            log = self.events or shop.ledger
            products = list(shop.ledger.products())
            titles = {product.product_id: product.title for product in products}
            simulated = shop.simulated and not self.events
            with mining(
                log, products, scratch=shop.path, settings=settings, event_map=event_map, progress=progress
            ) as (pairs, report):
                shown, written = self._taken(pairs)
        rows = [as_row(pair) | {"title": titles.get(pair.product_id, "")} for pair in shown]
        if self.json:
            facts: dict[str, Any] = report.as_dict() | {"shown": rows}
            facts |= {} if self.output is None else {"output": str(self.output), "written": written}
            print_json(facts | ({"note": SIMULATED_NOTE} if simulated else {}))
            return
        _show(report, rows)
        if self.output is not None:
            notices.print(f"{written:,} pairs written to {self.output}", markup=False)
        for note in report.notes:
            notices.print(note, markup=False)
        if simulated:
            notices.print(SIMULATED_NOTE)

    def _taken(self, pairs: Any) -> tuple[list[Any], int]:
        """The pairs to show, and how many were written."""
        if self.output is None:
            return list(islice((pair for pair in pairs if self.query in pair.query), self.limit)), 0
        shown: list[Any] = []
        with pairs_file(self.output) as writer:
            for pair in pairs:
                writer.add([pair])
                if len(shown) < self.limit and self.query in pair.query:
                    shown.append(pair)
            return shown, writer.written


def _show(report: MiningReport, rows: list[dict[str, Any]]) -> None:
    if rows:
        columns = (
            "query",
            "product",
            "title",
            "weight",
            "quality",
            "shown",
            "examined",
            "clicked",
            "converted",
            "lift",
        )
        print_table(
            "pairs",
            columns,
            [
                tuple(row["product_id" if name == "product" else name] for name in columns)
                for row in rows
            ],
        )  # fmt: skip
    dropped = [(one.name, f"{one.dropped:,} {one.of}", one.stage, one.why) for one in report.filters if one.dropped]
    print_table("left out", ("filter", "dropped", "from", "why"), dropped)
    facts = report.as_dict()
    names = ("events", "sessions", "queries", "conversions", "pairs", "high_quality", "synthetic", "seconds")
    looked = ", ".join(f"{look:.2f}" for look in report.propensities[:12])
    print_facts(
        "mined",
        {name: facts[name] for name in names}
        | {"places": report.position_note}
        | ({"looked at": looked} if looked else {}),
    )
