"""`aisle shop rank`: learn from the shop's events how its hits are best ordered, and take that live."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_facts, print_json, print_table
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.ranking.model import RANKER_FILE
from aisle.ranking.settings import RankerSettings
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.storefront.ranker_choice import learn_from_pairs
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class ShopRank(RankerSettings):
    """Learn a ranker from what shoppers put into carts, the bias of places taken out, and build a version with it.

    It learns from one half of the queries that are held out from the encoder's training (one in ten), or from the
    others where these are too few, and goes live only if the rest of the held-out ones are not found worse with it.
    `aisle shop build` does the same whenever there are events enough; this command shows the figures and takes
    settings.
    """

    shop: Positional[Path]
    """Directory of the shop; it must have been built."""
    force: bool = False
    """Take the ranker live even if it does worse on the held-out queries."""
    output: Path | None = None
    """Only write the ranker to this file and leave the shop as it is."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Mine, learn, measure, build."""
        from aisle.storefront.training_pairs import mined

        settings = RankerSettings(**{field.name: getattr(self, field.name) for field in fields(RankerSettings)})
        with Shop.open(self.shop) as shop, progress_bar(shown=not self.json) as progress:
            towers = shop.towers
            if towers is None:
                raise UserError(f"{self.shop} was built without an encoder; a ranker needs one: aisle shop build SHOP")
            pairs = mined(self.shop, list(shop.ledger.products()), progress).pairs
            learned = learn_from_pairs(shop.index, towers, pairs, settings=settings, progress=progress)
            ranker, report = learned.ranker, learned.report
            version: int | None = None
            if self.output is not None:
                ranker.save(self.output)
            elif report.accepted or self.force:
                with tempfile.TemporaryDirectory() as scratch:
                    ranker.save(Path(scratch) / RANKER_FILE)
                    if learned.cutoff is not None:
                        learned.cutoff.save(Path(scratch))
                    version = shop.build(BuildSettings(ranker=scratch), progress).version
            simulated = shop.simulated
        if self.json:
            note = {"note": SIMULATED_NOTE} if simulated else {}
            output = None if self.output is None else str(self.output)
            print_json(asdict(report) | {"version": version, "output": output} | note)
        else:
            names = ("queries", "without_candidates", "rows", "trees", "held_out")
            print_facts(f"ranker of {self.shop}", {name: getattr(report, name) for name in names})
            print_table("on the queries held out", ("", "without", "with"), report.lines())
            notices.print(report.reason)
            if report.cutoff is not None:
                notices.print(f"cut-off: cosine {report.cutoff:g} for products that hold hardly any word of the query")
            if self.output is not None:
                notices.print(f"written to {self.output}; use it with: aisle shop build --ranker", markup=False)
            elif version is None:
                notices.print("the live version stays as it is; --force takes the ranker live all the same")
            else:
                notices.print(f"version {version} is live with it")
            if simulated:
                notices.print(SIMULATED_NOTE)
