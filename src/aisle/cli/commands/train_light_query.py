"""`aisle train light-query`: a query tower that answers in a fraction of the time, distilled from the full one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.cli.output import notices, print_facts, print_json, print_table
from aisle.errors import UserError
from aisle.files.checksums import sha256_file
from aisle.shop.catalogue import read_catalogue
from aisle.shop.mapping import load_column_map
from aisle.shop.product import Product
from aisle.tasks.two_tower.light_settings import LightSettings
from aisle.text.words import normalize
from aisle.training.settings import TrainingSettings

if TYPE_CHECKING:
    from aisle.tasks.two_tower.light_texts import LightTexts

TIMED = 500
"""Queries that are timed in both towers."""


@dataclass(frozen=True, kw_only=True)
class TrainLightQuery(LightSettings, TrainingSettings):
    """Distil a light query tower, for when a millisecond a query matters: fewer layers, or a static table.

    It learns to give every query the vector that the full tower gives it. Products keep their tower, so a shop that is
    built with the result encodes nothing again. The result is a pair of towers for `--encoder` of every other command.
    A run that was interrupted goes on where it was when the same command is given again.
    """

    encoder: str = "minilm"
    """The full towers: `minilm`, a checkpoint directory, or one that `aisle train two-tower` made."""
    queries: Path | None = None
    """Table with a column `query`, such as a file of pairs."""
    catalogue: Path | None = None
    """Products whose titles lend further texts: CSV, TSV, JSONL or Parquet, .gz too. Not needed with `--shop`."""
    shop: Path | None = None
    """A shop whose log is learnt from where no queries are given, and whose titles lend further texts."""
    map: Path | None = None
    """TOML or JSON file that says which column of the catalogue is which field."""
    output: Path
    """Directory of the run and of the towers."""
    epochs: float = 0.0
    """How often the texts are gone through; 0 for what suits: 10 for a table, 3 for layers."""
    batch_size: int = 256
    """Texts a step."""
    learning_rate: float = 0.0
    """The highest learning rate, reached at the end of the warm-up; 0 for what suits: 3e-3 for a table, 3e-4 for
    layers."""
    recipe: Path | None = None
    """TOML or JSON file with any of these settings, such as `learning_rate = 1e-3`; flags win over it."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read, distil, save, time."""
        from aisle.tasks.two_tower.light import load_light
        from aisle.tasks.two_tower.light_texts import light_texts
        from aisle.training.loop import train
        from aisle.training.progress import training_progress
        from aisle.training.ranks import joined

        settings = LightSettings(**{one.name: getattr(self, one.name) for one in fields(LightSettings)})
        epochs, rate = settings.suited()
        given = {one.name: getattr(self, one.name) for one in fields(TrainingSettings)}
        training = TrainingSettings(
            **given | {"epochs": self.epochs or epochs, "learning_rate": self.learning_rate or rate}
        )
        with joined() as here:
            queries, titles = self._read(here.first)
            texts = light_texts(queries, titles, settings, training.seed)
            with training_progress(shown=not self.json and here.first) as progress:
                progress.say(f"the full tower reads {len(texts.learnt) + len(texts.held_out):,} texts")
                loaded = load_light(self.encoder, texts, settings, training)
                about = {
                    "task": "light-query",
                    "encoder": self.encoder,
                    **asdict(settings),
                    "queries": {str(self.queries): sha256_file(self.queries)} if self.queries else str(self.shop),
                    "titles": str(self.catalogue or self.shop or ""),
                    "texts": len(texts.learnt),
                }
                result = train(loaded.task, training, self.output, progress=progress, about=about)
        if not here.first:
            return
        report: dict[str, Any] = asdict(result) | {
            "kind": f"layers {' '.join(map(str, sorted(settings.keep_layers)))}" if settings.keep_layers else "table",
            "queries": len(texts.queries),
            "made_of_titles": len(texts.made),
            "held_out": len(texts.held_out),
            "truncated": loaded.truncated,
            "pieces": loaded.pieces,
            "milliseconds": self._timed(texts),
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
            return
        times = report.pop("milliseconds")
        print_facts(f"trained {self.output}", report)
        rows = [(name, *(times[name][share] for share in ("p50", "p99"))) for name in ("full", "light")]
        print_table("milliseconds a query, one at a time", ("", "median", "99th percentile"), rows)
        notices.print(f"next: aisle shop build SHOP --encoder {self.output}", markup=False)

    def _read(self, first: bool) -> tuple[list[str], list[str]]:
        """Queries and titles."""
        from aisle.tasks.two_tower.light_texts import read_queries

        if self.queries is None and self.shop is None:
            raise UserError("there is nothing to learn from; give --queries FILE, or --shop SHOP with a log of events")
        with ExitStack() as stack:
            shop = None
            if self.shop is not None:
                from aisle.storefront.shop import Shop

                shop = stack.enter_context(Shop.open(self.shop))
            if self.queries is not None:
                queries = read_queries(self.queries)
            else:
                from aisle.storefront.gate import held_out

                assert shop is not None
                asked = {count.query for count in shop.ledger.query_counts(min_sessions=1) if not count.store}
                # The gate asks for the others.
                queries = sorted(query for query in asked if not held_out(normalize(query)))
                if not queries:
                    raise UserError(f"{self.shop} has no searches to learn from; load a log, or give --queries FILE")
            if self.catalogue is not None:
                return queries, list(self._titles(self.catalogue, first))
            return queries, [] if shop is None else [product.title for product in shop.ledger.products()]

    def _titles(self, catalogue: Path, first: bool) -> Iterator[str]:
        reading = read_catalogue(catalogue, None if self.map is None else load_column_map(self.map))
        for row in reading:
            if isinstance(row, Product):
                yield row.title
        if reading.rejected and first:
            notices.print(f"{reading.rejected} rows of the catalogue could not be used and were left out")

    def _timed(self, texts: LightTexts) -> dict[str, dict[str, float]]:
        """Each query alone and on one thread, as serving encodes it."""
        from aisle.runtime.settings import EngineSettings
        from aisle.sentence.towers import Towers
        from aisle.tasks.two_tower.light_speed import milliseconds_a_query

        alone = EngineSettings(threads=1)
        towers = [Towers.load(name, settings=alone).queries for name in (self.encoder, self.output)]
        queries = [*texts.held_out, *texts.queries, *texts.made][:TIMED]
        return dict(zip(("full", "light"), milliseconds_a_query(towers, queries), strict=True))
