"""`aisle shop golden`: queries that must find what they find, whatever is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_json, print_table
from aisle.errors import UserError
from aisle.storefront.gate import Contender
from aisle.storefront.golden import TOP, GoldenQuery, load_golden, parse_golden, places, save_golden
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class ShopGolden:
    """Show, change and check a shop's golden queries. They are a text file in its directory, `golden.tsv`.

    `aisle shop build` asks the new version for them before it goes live, and keeps the live one if any is lost."""

    shop: Positional[Path]
    """Directory of the shop."""
    add: tuple[str, ...] = ()
    """A query and the number of the product that it must find: two words."""
    top: int = TOP
    """Among how many first hits an added one must be."""
    file: Path | None = None
    """Add every line of this file: query, product and, if wanted, a number, with tabs between."""
    drop: tuple[str, ...] = ()
    """Queries to take off the list."""
    check: bool = False
    """Exit with status 1 if the live version misses any."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        if len(self.add) not in (0, 2):
            raise UserError(f"add takes a query and a product's number, not {len(self.add)} words; quote the query")

    def run(self) -> int:
        """Change what is asked for, and show where the live version has each product."""
        with Shop.open(self.shop) as shop:
            before = load_golden(self.shop)
            golden = {(each.query, each.product_id): each for each in before}
            for each in self._added():
                if shop.product(each.product_id) is None:
                    raise UserError(f"{each.query!r}: the shop has no product {each.product_id!r}")
                golden[each.query, each.product_id] = each
            unknown = set(self.drop) - {query for query, _ in golden}
            if unknown:
                raise UserError(f"{', '.join(sorted(map(repr, unknown)))}: no golden query; see aisle shop golden SHOP")
            kept = tuple(each for each in golden.values() if each.query not in self.drop)
            if kept != before:
                save_golden(self.shop, kept)
            found: list[int | None] | None = None
            if shop.version is not None and kept:
                shop.show_changes()
                found = places(kept, Contender(name="live", index=shop.index, encoder=shop.encoder))
        at = found or [None] * len(kept)
        missed = [each for each, place in zip(kept, at, strict=True) if found and not (place and place <= each.top)]
        rows = [
            {"query": each.query, "product_id": each.product_id, "top": each.top, "place": place}
            for each, place in zip(kept, at, strict=True)
        ]
        if self.json:
            print_json({"golden": rows, "checked": found is not None, "missed": len(missed)})
        else:
            shown = [(row["query"], row["product_id"], row["top"], row["place"] or "-") for row in rows]
            print_table(f"golden queries of {self.shop}", ("query", "product", "among", "place now"), shown)
            if found is None and kept:
                notices.print("nothing was asked: the shop has no version yet")
            elif missed:
                notices.print(f"{len(missed)} of {len(kept)} are missed by the live version")
        return 1 if self.check and (missed or found is None) and kept else 0

    def _added(self) -> list[GoldenQuery]:
        added: list[GoldenQuery] = []
        if self.file is not None:
            try:
                added += parse_golden(self.file.read_text(encoding="utf-8"), str(self.file))
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"{self.file} cannot be read ({error}); it must be a text file in UTF-8") from None
        if self.add:
            added.append(GoldenQuery(query=self.add[0], product_id=self.add[1], top=self.top))
        return added
