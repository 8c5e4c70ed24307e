"""`aisle evaluate suggest`: how soon the shop's suggestions show what people were going to type."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_json, results
from aisle.cli.recording import Recorded
from aisle.evaluation.suggestion import evaluate_suggestions, read_typings
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class EvaluateSuggest(Recorded):
    """Success, reciprocal rank, keystrokes saved and duplicates over a log of prefixes and final queries."""

    shop: Positional[Path]
    """Directory of the shop."""
    log: Path
    """Table with `prefix` and `query`, and maybe `store` and `previous` (the query before in the same session)."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Ask for suggestions at every moment of the log."""
        typings = read_typings(self.log)
        with Shop.open(self.shop) as shop:
            started = time.perf_counter()
            result = evaluate_suggestions(
                lambda at: [found.text for found in shop.suggest(at.prefix, store=at.store, previous=at.previous)],
                typings,
            )
            seconds = time.perf_counter() - started
            simulated = shop.simulated
        note = {"note": SIMULATED_NOTE} if simulated else {}
        numbers = result.as_dict() | {"milliseconds_per_prefix": seconds / len(typings) * 1e3} | note
        self.keep("suggest", self.shop.name, [self.log], numbers)
        if self.json:
            print_json(numbers)
            return
        results.print(result)
        if simulated:
            notices.print(SIMULATED_NOTE)
