"""`aisle train two-tower`: a shop's own encoder, from pairs of query and product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.cli.output import notices, print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.files.checksums import sha256_file
from aisle.shop.catalogue import read_catalogue
from aisle.shop.mapping import load_column_map
from aisle.shop.product import Product
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.text.words import normalize
from aisle.training.settings import TrainingSettings

if TYPE_CHECKING:
    from aisle.tasks.two_tower.data import Pairs, Wares


@dataclass(frozen=True, kw_only=True)
class TrainTwoTower(TwoTowerSettings, TrainingSettings):
    """Train the encoder of a shop's search: queries and products into one space.

    The pairs come from a file (`query`, `product_id`, and `weight` or `relevance` where there is one) or from the log
    of a shop. The result is a checkpoint like any other, for `--encoder` of every other command; of a cascade, the
    first stage is kept beside it. One query in ten, by a hash of its words, is left out, for the gate of a shop and for
    a ranker to be learned and measured on. A run that was interrupted goes on where it was when the same command is
    given again.
    """

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory to start from."""
    catalogue: Path | None = None
    """Products: CSV, TSV, JSONL or Parquet, .gz too. Not needed with `--shop`."""
    pairs: Path | None = None
    """Table of `query` and `product_id`, with `weight` or `relevance` and `quality` where there are such columns."""
    shop: Path | None = None
    """A shop whose catalogue is used, and whose log of events where no pairs are given."""
    dev: Path | None = None
    """Further pairs that are not trained on: searched in the whole catalogue after every epoch; the best towers are
    kept."""
    every_query: bool = False
    """Train on every query, those too that are left out else; gate and ranker are then too sure of this encoder."""
    map: Path | None = None
    """TOML or JSON file that says which column of the catalogue is which field."""
    output: Path
    """Directory of the run and of the trained towers."""
    recipe: Path | None = None
    """TOML or JSON file with any of these settings, such as `learning_rate = 1e-4`; flags win over it."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    # What trains best here (docs/results.md); everything else as for any training.
    epochs: float = 3.0
    """How often the pairs are gone through."""
    batch_size: int = 128
    """Pairs a step."""
    learning_rate: float = 1e-4
    """The highest learning rate, reached at the end of the warm-up."""

    def run(self) -> None:
        """Read, train, save."""
        from aisle.storefront.training_pairs import wares
        from aisle.tasks.two_tower.data import check_products
        from aisle.tasks.two_tower.loading import chosen_template
        from aisle.tasks.two_tower.stages import train_towers
        from aisle.training.progress import training_progress
        from aisle.training.ranks import joined

        settings = TwoTowerSettings(**{field.name: getattr(self, field.name) for field in fields(TwoTowerSettings)})
        training = TrainingSettings(**{field.name: getattr(self, field.name) for field in fields(TrainingSettings)})
        with joined() as here:
            products = list(self._products(here.first))
            has_fields = any(product.brand or product.category or product.attributes for product in products)
            template = chosen_template(settings, has_fields=has_fields)
            read = wares(products, template)
            pairs, dev = self._pairs(read, settings, products)
            check_products(pairs, read.product_ids)
            if here.first:
                _mention(pairs)
            about = {
                "task": "two-tower",
                "encoder": self.encoder,
                "every_query": self.every_query,
                **asdict(settings),
                "template": template,
                "catalogue": str(self.catalogue or self.shop),
                "pairs": {str(self.pairs): sha256_file(self.pairs)} if self.pairs else str(self.shop),
                "dev": None if self.dev is None else str(self.dev),
            }
            with training_progress(shown=not self.json and here.first) as progress:
                stages = train_towers(
                    self.encoder,
                    read,
                    pairs,
                    settings,
                    training,
                    self.output,
                    template=template,
                    about=about,
                    progress=progress,
                    dev=dev,
                )
        if not here.first:
            return
        last = stages[-1]
        assert last.result is not None
        report: dict[str, Any] = {
            **asdict(last.result),
            "products": len(products),
            "pairs": len(pairs),
            "queries": last.queries,
            "template": template,
            "tied": last.tied,
            "rows": dict(pairs.counts),
            "truncated_products": last.truncated_products,
            "truncated_queries": last.truncated_queries,
            "stages": [asdict(stage) for stage in stages],
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {self.output}", {name: value for name, value in report.items() if name != "stages"})
            notices.print(f"next: aisle shop build SHOP --encoder {self.output}")

    def _products(self, first: bool) -> Iterator[Product]:
        """The products of the catalogue, or of the shop; of one that is there twice the last."""
        if self.catalogue is None:
            if self.shop is None:
                raise UserError("there are no products to train on; give --catalogue FILE or --shop SHOP")
            yield from _shop_products(self.shop)
            return
        column_map = None if self.map is None else load_column_map(self.map)
        reading = read_catalogue(self.catalogue, column_map)
        found = {row.product_id: row for row in reading if isinstance(row, Product)}
        if reading.rejected and first:
            notices.print(f"{reading.rejected} rows of the catalogue could not be used and were left out")
        if not found:
            raise UserError(f"{self.catalogue} has no product that can be used")
        yield from found.values()

    def _pairs(self, read: Wares, settings: TwoTowerSettings, products: list[Product]) -> tuple[Pairs, Pairs | None]:
        from aisle.storefront.gate import held_out
        from aisle.tasks.two_tower.data import RatedPair, judged, number_pairs, read_pairs

        dev = None
        if self.dev is not None:
            dev = number_pairs(
                list(read_pairs(self.dev, settings)), read.product_ids, settings, by_people=judged(self.dev)
            )
        if self.pairs is not None:
            rows = list(read_pairs(self.pairs, settings))
            kept = [row for row in rows if self.every_query or not held_out(normalize(row.query))]
            if rows and not kept:
                raise UserError(
                    f"every query of {self.pairs} is one of those in ten that are left out for gate and ranker; add "
                    "pairs of other queries, or train on all of them with --every-query"
                )
            if len(kept) < len(rows):
                notices.print(
                    f"{len(rows) - len(kept)} of {len(rows)} rows are of queries left out for gate and ranker "
                    "(--every-query trains on them too)"
                )
            return number_pairs(kept, read.product_ids, settings, by_people=judged(self.pairs)), dev
        if self.shop is None:
            raise UserError("there is nothing to learn from; give --pairs FILE, or --shop SHOP with a log of events")
        from aisle.storefront.training_pairs import for_training, mined

        with progress_bar(shown=not self.json) as progress:
            mining = mined(self.shop, products, progress)
        found = mining.pairs
        for note in mining.report.notes:
            notices.print(note, markup=False)
        learned = found if self.every_query else for_training(found)
        notices.print(f"{len(found) - len(learned)} of {len(found)} mined pairs are of queries left out for the gate")
        from_log = (
            RatedPair(query=pair.query, product_id=pair.product_id, weight=pair.weight, high=pair.quality == "high")
            for pair in learned
        )
        return number_pairs(from_log, read.product_ids, settings, by_people=False), dev


def _shop_products(path: Path) -> list[Product]:
    from aisle.storefront.shop import Shop

    with Shop.open(path) as shop:
        products = list(shop.ledger.products())
    if not products:
        raise UserError(f"{path} has no products; load a catalogue with: aisle shop create {path} --catalogue FILE")
    return products


def _mention(pairs: Pairs) -> None:
    """Say what of the pairs is not trained on."""
    counts = pairs.counts
    if counts["unknown_products"]:
        notices.print(f"{counts['unknown_products']} pairs name products that are not in the catalogue; left out")
    if counts["below_least_weight"]:
        notices.print(
            f"{counts['below_least_weight']} pairs weigh less than asked for; left out, "
            f"{counts['wrong_answers']} of them serve as wrong answers"
        )
