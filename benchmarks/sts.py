"""Semantic textual similarity of an encoder and of its baselines, under both aggregations.

    python benchmarks/sts.py --data DIR [--encoder minilm] [--precision f32] [--baselines static cls …]

DIR holds `stsb/test.tsv`, `sts12/test.tsv`, … with the columns `score` (SICK: `relatedness`), `sentence1`, `sentence2`
and, for the years of the shared task, `task`. Sets that are not there are left out and named. The baselines are the
checkpoint's own token table averaged (`static`) and its last layer under other poolings (`cls`, `mean`, `max`).

MTEB published these for all-MiniLM-L6-v2 (Spearman x100): STS12 72.37, STS13 80.60, STS15 85.39, STS16 78.99,
STS-B 82.03, SICK-R 77.58; STS14 is given as 75.59 without a source. They are concatenations; STS13 is without SMT.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import rich
from rich.table import Table

from aisle.evaluation.baselines import BASELINES, baseline
from aisle.evaluation.result import Embed, shown
from aisle.evaluation.sts import StsResult, evaluate_sts, read_pairs, without_tasks
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder


@dataclass(frozen=True, kw_only=True, slots=True)
class StsSet:
    """One test set and what has been published for all-MiniLM-L6-v2 on it."""

    name: str
    path: str
    published: str = ""
    score_column: str = "score"
    without: tuple[str, ...] = ()


SETS = (
    StsSet(name="STS-B test", path="stsb/test.tsv", published="82.03"),
    StsSet(name="STS12", path="sts12/test.tsv", published="72.37"),
    StsSet(name="STS13 without SMT", path="sts13/test.tsv", published="80.60", without=("SMT",)),
    StsSet(name="STS13 with SMT", path="sts13/test.tsv"),
    StsSet(name="STS14", path="sts14/test.tsv", published="75.59"),
    StsSet(name="STS15", path="sts15/test.tsv", published="85.39"),
    StsSet(name="STS16", path="sts16/test.tsv", published="78.99"),
    StsSet(name="SICK-R test", path="sick/test.tsv", published="77.58", score_column="relatedness"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the test sets")
    parser.add_argument("--encoder", default="minilm", help="minilm or a checkpoint directory")
    parser.add_argument("--precision", default="f32", choices=("f32", "auto", "bf16", "int8"), help="of the products")
    parser.add_argument("--baselines", nargs="*", default=[], choices=BASELINES, help="also measure these")
    arguments = parser.parse_args()
    present = [one for one in SETS if (arguments.data / one.path).is_file()]
    if absent := [one.name for one in SETS if one not in present]:
        rich.print(f"not in {arguments.data}: {', '.join(absent)}")
    settings = EngineSettings(precision=arguments.precision)
    encoder = SentenceEncoder.load(arguments.encoder, settings=settings)
    with tempfile.TemporaryDirectory() as scratch:
        embeds: dict[str, Embed] = {arguments.encoder: encoder.encode}
        for kind in arguments.baselines:
            embeds[kind] = baseline(kind, arguments.encoder, Path(scratch), settings)
        for name, embed in embeds.items():
            started = time.perf_counter()
            results = [(one, evaluate(embed, one, arguments.data)) for one in present]
            rich.print(summary(name, results))
            rich.print(f"{time.perf_counter() - started:.1f} s")


def evaluate(embed: Embed, one: StsSet, data: Path) -> StsResult:
    """One set, with the parts left out that the published figure leaves out."""
    pairs = read_pairs(data / one.path, score_column=one.score_column)
    return evaluate_sts(embed, without_tasks(pairs, one.without) if one.without else pairs)


def summary(name: str, results: list[tuple[StsSet, StsResult]]) -> Table:
    """A row a set: Spearman under each aggregation, Pearson of all pairs, and the figure published for MiniLM."""
    columns = ("pairs", "joined", "mean", "weighted", "Pearson", "published")
    title = f"{name}: Spearman x100 over all pairs joined, as the mean of the parts, and weighted by their pairs"
    table = Table("set", *columns, title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for one, result in results:
        means = (shown(result.mean().spearman), shown(result.weighted_mean().spearman)) if result.tasks else ("", "")
        whole = result.concatenated
        table.add_row(
            one.name, f"{whole.pairs:,}", shown(whole.spearman), *means, shown(whole.pearson), one.published
        )  # fmt: skip
    return table


if __name__ == "__main__":
    main()
