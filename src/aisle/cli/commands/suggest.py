"""`aisle suggest`: complete what is being typed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import print_json, print_table
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class Suggest:
    """Complete what is being typed."""

    shop: Positional[Path]
    """Directory of the shop."""
    prefix: Positional[str]
    """What has been typed so far."""
    store: str = ""
    """Only what this store can serve."""
    k: int = 10
    """Most suggestions."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Suggest and print."""
        with Shop.open(self.shop) as shop:
            suggestions = shop.suggest(self.prefix, store=self.store, k=self.k)
        if self.json:
            print_json({"suggestions": [asdict(suggestion) for suggestion in suggestions]})
        else:
            print_table("", ("suggestion", "score", "match"), [(s.text, s.score, s.match) for s in suggestions])
