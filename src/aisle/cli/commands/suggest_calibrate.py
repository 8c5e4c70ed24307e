"""`aisle suggest calibrate`: how close two suggestions may be before one of them is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices, print_facts, print_json, print_table
from aisle.errors import UserError
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.storefront.shop import Shop
from aisle.suggest.calibrate import calibrate, labelled_pairs, simulated_pairs
from aisle.suggest.candidates import Candidate
from aisle.suggest.lists import Lists
from aisle.suggest.making import save_threshold
from aisle.suggest.needs import Sense
from aisle.suggest.support import Support
from aisle.suggest.twins import guard_of, senses

_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class SuggestCalibrate:
    """Choose the threshold of semantic de-duplication on labelled pairs, for the shop's encoder and its words.

    The next `aisle shop build` uses it. A threshold is only chosen if no two different things are taken for one."""

    shop: Positional[Path]
    """Directory of the shop."""
    pairs: Path | None = None
    """Table with `one`, `other` and `same` (1 or 0). Without it the pairs that come with aisle, dangerous ones among
    them, and in a simulated shop those of its needs."""
    most: int = 400
    """Needs of a simulated shop that pairs are made of."""
    save: bool = True
    """Keep the threshold in the shop for the next build."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Encode, choose, keep."""
        with Shop.open(self.shop) as shop:
            encoder = shop.encoder
            if encoder is None:
                raise UserError(
                    f"{self.shop} was built without an encoder, so nothing is compared by meaning; build it with one"
                )
            products = list(shop.ledger.products())
            known = labelled_pairs(self.pairs)
            if self.pairs is None and shop.simulated:
                known += simulated_pairs(products, most=self.most)
            support = Support(products)

            def sense(texts: Sequence[str]) -> list[Sense]:
                mentioned = [Candidate(text=text, popularity=0.0, source="catalogue") for text in texts]
                return senses(mentioned, support, {})

            guard = guard_of(products, Lists.load(self.shop).apart())
            found = calibrate(known, encoder.encode, guard, sense)
            simulated = shop.simulated
        kept = save_threshold(self.shop, found.threshold) if self.save and not found.dangerous else None
        report = asdict(found) | {"saved": kept is not None} | ({"note": SIMULATED_NOTE} if simulated else {})
        if self.json:
            print_json(report)
            return
        print_facts("calibrated", {name: value for name, value in report.items() if name not in ("missed", "mistaken")})
        print_table("not recognised", ("one", "other", "cosine", "because"), found.missed[:_SHOWN])
        if found.mistaken:
            print_table("dangerous", ("one", "other", "cosine"), found.mistaken[:_SHOWN])
            notices.print("nothing was saved: different things would be taken for one")
        elif kept is not None:
            notices.print(f"next: aisle shop build {self.shop}")
