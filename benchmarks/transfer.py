"""SentEval transfer of an encoder and of its baselines: a logistic regression on frozen vectors.

    python benchmarks/transfer.py --data DIR [--encoder minilm] [--precision f32] [--baselines static …] [--sets MR …]

DIR holds `mr/all.tsv.gz`, `subj/all.tsv.gz` (nested 10-fold), `sst2/`, `trec/` and `mrpc/` with their train, dev and
test parts. As in SentEval, SST-2 chooses the regularisation on its dev part, TREC and MRPC by folds of the training
part, to which MRPC's dev part belongs. Sets that are not there are left out and named. The baselines are the
checkpoint's own token table averaged (`static`) and its last layer under other poolings (`cls`, `mean`, `max`).
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
from aisle.evaluation.examples import read_examples
from aisle.evaluation.result import Embed, shown
from aisle.evaluation.transfer import TransferResult, evaluate_folds, evaluate_test_set
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferSet:
    """One data set: everything to be split into folds, or training and test parts."""

    name: str
    train: tuple[str, ...]
    dev: str = ""
    test: str = ""
    label_column: str = "label"


SETS = (
    TransferSet(name="MR", train=("mr/all.tsv.gz",)),
    TransferSet(name="CR", train=("cr/all.tsv.gz",)),
    TransferSet(name="SUBJ", train=("subj/all.tsv.gz",)),
    TransferSet(name="MPQA", train=("mpqa/all.tsv.gz",)),
    TransferSet(name="SST-2", train=("sst2/train.tsv.gz",), dev="sst2/dev.tsv", test="sst2/test.tsv"),
    TransferSet(name="TREC", train=("trec/train.tsv",), test="trec/test.tsv", label_column="coarse"),
    TransferSet(name="MRPC", train=("mrpc/train.tsv", "mrpc/dev.tsv"), test="mrpc/test.tsv"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--encoder", default="minilm", help="minilm or a checkpoint directory")
    parser.add_argument("--precision", default="f32", choices=("f32", "auto", "bf16", "int8"), help="of the products")
    parser.add_argument("--baselines", nargs="*", default=[], choices=BASELINES, help="also measure these")
    parser.add_argument("--sets", nargs="+", choices=[one.name for one in SETS], help="only these")
    arguments = parser.parse_args()
    wanted = [one for one in SETS if not arguments.sets or one.name in arguments.sets]
    present = [one for one in wanted if (arguments.data / one.train[0]).is_file()]
    if absent := [one.name for one in wanted if one not in present]:
        rich.print(f"not in {arguments.data}: {', '.join(absent)}")
    settings = EngineSettings(precision=arguments.precision)
    encoder = SentenceEncoder.load(arguments.encoder, settings=settings)
    with tempfile.TemporaryDirectory() as scratch:
        embeds: dict[str, Embed] = {arguments.encoder: encoder.encode}
        for kind in arguments.baselines:
            embeds[kind] = baseline(kind, arguments.encoder, Path(scratch), settings)
        for name, embed in embeds.items():
            results = []
            for one in present:
                started = time.perf_counter()
                results.append((one, evaluate(embed, one, arguments.data), time.perf_counter() - started))
            rich.print(summary(name, results))


def evaluate(embed: Embed, one: TransferSet, data: Path) -> TransferResult:
    """One set, by folds or on its test part."""
    train = read_examples([data / path for path in one.train], label_column=one.label_column)
    if not one.test:
        return evaluate_folds(embed, train)
    test = read_examples([data / one.test], label_column=one.label_column)
    dev = read_examples([data / one.dev], label_column=one.label_column) if one.dev else None
    return evaluate_test_set(embed, train, test, dev=dev)


def summary(name: str, results: list[tuple[TransferSet, TransferResult, float]]) -> Table:
    """A row a set: accuracy, F1 where it is usual, and the seconds it took with encoding."""
    table = Table("set", "accuracy", "F1", "protocol", "C", "seconds", title=f"{name}: transfer, x100")
    for column in (*table.columns[1:3], *table.columns[4:]):
        column.justify = "right"
    for one, result, seconds in results:
        f1 = "" if result.f1 is None else shown(result.f1)
        chosen = " ".join(f"{strength:g}" for strength in sorted(set(result.chosen)))
        table.add_row(one.name, shown(result.accuracy), f1, result.protocol, chosen, f"{seconds:.1f}")
    return table


if __name__ == "__main__":
    main()
