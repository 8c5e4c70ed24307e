"""`aisle shop …`: make, build, roll back, look at and check a shop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_facts, print_json, print_table
from aisle.cli.progress import progress_bar
from aisle.shop.catalogue import read_catalogue
from aisle.shop.events_file import read_events
from aisle.shop.mapping import load_column_map, load_event_map
from aisle.storefront.loading import load_catalogue, load_events
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class Create:
    """Make a shop from a catalogue and, if there is one, a log of events. Loading again adds and replaces."""

    shop: Positional[Path]
    """Directory of the shop; made if it does not exist."""
    catalogue: Path
    """Products: CSV, TSV, JSONL or Parquet, .gz too; `-` is standard input."""
    events: Path | None = None
    """Searches, clicks, cart-adds and purchases: a flat table, or JSONL in the User Behavior Insights schema."""
    map: Path | None = None
    """TOML or JSON file that says which column is which field, such as `title = "product_name"`."""
    ledger: str = ""
    """PostgreSQL database that keeps products and events, `postgresql://USER@HOST/DATABASE?schema=NAME`, for machines
    that share them; one that has a ledger is joined. Empty: a file in the shop."""
    strict: bool = False
    """Stop at the first bad row instead of setting it aside."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Load the files into the ledger."""
        with Shop.create(self.shop, ledger=self.ledger) as shop, progress_bar(shown=not self.json) as progress:
            column_map = None if self.map is None else load_column_map(self.map)
            event_map = None if self.map is None else load_event_map(self.map)
            catalogue = read_catalogue(self.catalogue, column_map)
            report = load_catalogue(shop, catalogue, self.strict, progress)
            for note in catalogue.resolution.notes():
                notices.print(note, markup=False)
            if self.events is not None:
                report = report | load_events(shop, read_events(self.events, event_map), self.strict, progress)
        if self.json:
            print_json(report)
            return
        print_facts(f"shop {self.shop}", report)
        if report["rejected"]:
            notices.print(f"{report['rejected']} rows were set aside with their reasons in {report['rejects_file']}")
        notices.print(f"next: aisle shop build {self.shop}")


@dataclass(frozen=True, kw_only=True)
class Build(BuildSettings):
    """Build a new version of the shop, check it, and take it live."""

    shop: Positional[Path]
    """Directory of the shop."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Build and swap."""
        settings = BuildSettings(**{name: getattr(self, name) for name in BuildSettings.__dataclass_fields__})
        with Shop.open(self.shop) as shop, progress_bar(shown=not self.json) as progress:
            report = asdict(shop.build(settings, progress))
        if self.json:
            print_json(report)
        else:
            gate, golden = report.pop("gate"), report.pop("golden")
            print_facts(f"version {report['version']} is live", report)
            if gate is not None:
                rows = [(name, gate["live"][name], gate["candidate"].get(name, "")) for name in gate["live"]]
                print_table(f"{gate['queries']} held-out queries: {gate['reason']}", ("", "before", "now"), rows)
            if golden is not None:
                before = "nothing" if golden["live"] is None else golden["live"]
                notices.print(f"golden queries: {golden['candidate']} of {golden['queries']} found, before {before}")
                for place in (*golden["lost"], *golden["missed"]):
                    notices.print(f"not found: {place['query']!r} -> {place['product_id']}", markup=False)
                for product_id in golden["gone"]:
                    notices.print(f"golden, but no longer in the catalogue: {product_id}", markup=False)


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """Take the version before the live one live again."""

    shop: Positional[Path]
    """Directory of the shop."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Swap back."""
        with Shop.open(self.shop) as shop:
            version = shop.rollback()
        if self.json:
            print_json({"version": version.number})
        else:
            print_facts("rolled back", {"live version": version.number})


@dataclass(frozen=True, kw_only=True)
class Status:
    """Show what the shop holds and which version is live."""

    shop: Positional[Path]
    """Directory of the shop."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Look."""
        with Shop.open(self.shop) as shop:
            status = asdict(shop.status())
        if self.json:
            print_json(status)
        else:
            print_facts(f"shop {self.shop}", status)


@dataclass(frozen=True, kw_only=True)
class Verify:
    """Check every checksum of every version, and the ledger. Exit status 1 if anything is wrong."""

    shop: Positional[Path]
    """Directory of the shop."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> int:
        """Read every file."""
        with Shop.open(self.shop) as shop:
            problems = shop.verify()
        if self.json:
            print_json({"sound": not problems, "problems": problems})
        else:
            print_facts("verified", {"sound": not problems})
            for problem in problems:
                notices.print(problem, markup=False)
        return 1 if problems else 0
