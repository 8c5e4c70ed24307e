"""`aisle train ranker`: learn how a catalogue's hits are best ordered, from judgments."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from aisle.cli.judged_shop import judged_shop
from aisle.cli.output import notices, print_facts, print_json, print_table
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.evaluation.retrieval import Judgments, read_judgments
from aisle.files.checksums import sha256_file
from aisle.ranking.model import RANKER_FILE
from aisle.ranking.settings import RankerSettings
from aisle.storefront.ranker import gains_of_judgments, learn_ranker, part_of
from aisle.storefront.unseen import unseen


@dataclass(frozen=True, kw_only=True)
class TrainRanker(RankerSettings):
    """Learn a ranker from judgments: its weights for words, meaning, exactness, category, price and the rest.

    One query in five, by a hash of its text, is not learned from; the ranker is measured on those. An encoder is too
    sure of the queries it was trained on, so of one that `aisle train two-tower` made only those count that it left
    out. Use the ranker with `aisle evaluate search --ranker FILE` or `aisle shop build --ranker FILE`.
    """

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory; the ranker fits this encoder alone."""
    catalogue: Path
    """Products: CSV, TSV, JSONL or Parquet, .gz too."""
    judgments: Path
    """Table with `query`, `product_id` and `relevance`."""
    output: Path
    """File to write the ranker to (JSON), or a directory for a ranker.json and, where the judgments allow to calibrate
    one, a cutoff.json."""
    relevant: float = 2.5
    """A product judged this high or higher is relevant."""
    every_query: bool = False
    """Use every judged query, those too that the encoder was trained on."""
    map: Path | None = None
    """TOML or JSON file that says which column of the catalogue is which field."""
    shop: Path | None = None
    """Keep the shop that is built for this here and use it again; without it, it is built anew and deleted."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Build, learn, measure, write."""
        judgments = self._judgments()
        settings = RankerSettings(**{field.name: getattr(self, field.name) for field in fields(RankerSettings)})
        held_out = {query: judged for query, judged in judgments.items() if part_of(query) == "report"}
        tuned = {query: judged for query, judged in judgments.items() if query not in held_out}
        target = self.output / RANKER_FILE if self.output.is_dir() or not self.output.suffix else self.output
        with tempfile.TemporaryDirectory() as scratch, progress_bar(shown=not self.json) as progress:
            path = self.shop or Path(scratch) / "shop"
            with judged_shop(path, self.catalogue, self.map, self.encoder, progress) as shop:
                encoder = shop.encoder
                if encoder is None:
                    raise UserError("the shop was built without an encoder; a ranker needs one: name another --shop")
                learned = learn_ranker(
                    shop.index,
                    encoder,
                    gains_of_judgments(tuned, self.relevant),
                    held_out,
                    fingerprint=shop.fingerprint,
                    relevant=self.relevant,
                    settings=settings,
                    about={"judgments": sha256_file(self.judgments), "relevant": self.relevant},
                    progress=progress,
                )
        ranker, report = learned.ranker, learned.report
        target.parent.mkdir(parents=True, exist_ok=True)
        ranker.save(target)
        if learned.cutoff is not None and target.name == RANKER_FILE:
            learned.cutoff.save(target.parent)
        if self.json:
            print_json(asdict(report) | {"output": str(target)})
            return
        facts = {name: getattr(report, name) for name in ("queries", "without_candidates", "rows", "trees", "held_out")}
        print_facts(f"ranker {target}", facts)
        print_table("on the queries held out", ("", "without", "with"), report.lines())
        notices.print(report.reason)
        if report.cutoff is not None:
            notices.print(f"cut-off: cosine {report.cutoff:g} for products that hold hardly any word of the query")

    def _judgments(self) -> Judgments:
        judgments = read_judgments(self.judgments)
        found = unseen(judgments, self.encoder)
        if found.seen == "no queries" or self.every_query:
            return judgments
        if found.seen == "perhaps every query":
            notices.print(
                f"{self.encoder} may have been trained on every query; if these are among them, the ranker learns to "
                "trust its cosines too much: train the encoder anew, without --every-query",
                markup=False,
            )
        else:
            notices.print(
                f"{self.encoder} was trained on pairs of query and product: used are the {len(found.judgments)} of "
                f"{len(judgments)} judged queries that it left out (--every-query uses all)",
                markup=False,
            )
        return found.judgments
