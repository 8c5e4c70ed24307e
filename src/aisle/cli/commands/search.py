"""`aisle search`: one query, its results, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_json, print_table, results
from aisle.search.request import Mode
from aisle.storefront.answers import SearchAnswer
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class Search:
    """Search a shop."""

    shop: Positional[Path]
    """Directory of the shop."""
    query: Positional[str]
    """What is looked for; an empty string lists everything that passes the filter."""
    mode: Mode = "hybrid"
    """How to search: by words, by meaning, or both."""
    k: int = 10
    """Results on the page."""
    offset: int = 0
    """Results to pass over before the page."""
    filter: str = ""
    """Exact conditions, such as `in_stock and price < 5 and brand = "Fernwood"`."""
    store: str = ""
    """Only what this store carries."""
    version: int | None = None
    """Ask this version instead of the live one."""
    explain: bool = False
    """Say for each result why it is where it is."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Search and print."""
        with Shop.open(self.shop) as shop:
            answer = shop.search(
                self.query,
                k=self.k,
                offset=self.offset,
                mode=self.mode,
                filter=self.filter,
                store=self.store,
                explain=self.explain,
                version=self.version,
            )
        if self.json:
            print_json(asdict(answer))
        else:
            _show(answer, self.offset)


def _show(answer: SearchAnswer, offset: int) -> None:
    rows = [
        (
            offset + place,
            hit.score,
            hit.product_id,
            hit.title,
            hit.brand,
            "" if hit.price is None else f"{hit.price:.2f}",
        )
        for place, hit in enumerate(answer.hits, 1)
    ]
    title = f"{answer.total} results, {answer.milliseconds:.1f} ms, version {answer.version}"
    print_table(title, ("", "score", "id", "title", "brand", "price"), rows)
    for hit in answer.hits:
        if hit.explanation is not None:
            results.print(f"\n{hit.product_id}", style="bold", markup=False)
            results.print_json(data=hit.explanation)
    for note in answer.notes:
        notices.print(note, markup=False)
