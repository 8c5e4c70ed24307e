"""`aisle suggest`: complete what is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from aisle.cli.output import print_json, print_table
from aisle.storefront.shop import Shop
from aisle.suggest.index import Suggestion


@dataclass(frozen=True, kw_only=True)
class Suggest:
    """Complete what is being typed."""

    shop: Positional[Path]
    """Directory of the shop. One that is called `calibrate` or `lists` has to be given as `./calibrate`."""
    prefix: Positional[str]
    """What has been typed so far."""
    store: str = ""
    """Only what this store can serve."""
    k: int = 10
    """Most suggestions."""
    previous: str = ""
    """What was searched for before in the same session."""
    explain: bool = False
    """Say for each suggestion how it was found, what its score is made of, and what it kept off the list."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Suggest and print."""
        with Shop.open(self.shop) as shop:
            suggestions = shop.suggest(
                self.prefix, store=self.store, k=self.k, previous=self.previous, explain=self.explain
            )
        if self.json:
            print_json({"suggestions": [_plain(suggestion) for suggestion in suggestions]})
            return
        columns = ["suggestion", "in", "score", "match"] + ["why"] * self.explain
        print_table("", columns, [_row(suggestion) for suggestion in suggestions])


def _plain(suggestion: Suggestion) -> dict[str, Any]:
    values = asdict(suggestion)
    if values["why"] is None:
        del values["why"]
    return values


def _row(suggestion: Suggestion) -> list[object]:
    row: list[object] = [suggestion.text, suggestion.category, suggestion.score, suggestion.match]
    return row if suggestion.why is None else [*row, _said(suggestion.why)]


def _said(why: Mapping[str, Any]) -> str:
    parts = []
    for name, value in why.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{part} {figure}" for part, figure in value.items())
        elif isinstance(value, list):
            value = ", ".join(value)
        parts.append(f"{name}: {value}")
    return "; ".join(parts)
