"""Table 6 of the SBERT paper (arXiv 1908.10084) in small: poolings and concatenations, Spearman on the STS-B dev part.

    python -m benchmarks.table6 --data DIR --output runs/table6 [--encoder minilm] [--pairs 0] [--seeds 1] [--threads 1]

Trained as in the paper: softmax over labels, one epoch of natural-language inference, and cosine regression, four
epochs of the STS-B train part; batches of 16, AdamW at 2e-5 (`--learning-rate`), linear warm-up over 10 %, the last
weights and not the best ones. In small: the inference pairs are those of `snli_20k` train, `snli_devtest` dev, `sick`
train and `rte` train, about 35,000 (`--pairs` takes a part of them at random). RTE knows two labels only; its
`not_entailment` is a label of its own.

The paper starts from a language model that has never been trained for similarity, such as `aisle pretrain` makes
(`--encoder DIR`). An encoder such as MiniLM has been, on inference pairs among others, and starts far above;
differences between the rows are then small, and say little about the paper's. What the paper says of its table is
printed with whether it holds here. Every run is kept in `--output`; a command that was interrupted goes on where it
was.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rich
import torch
from rich.table import Table

from aisle.objectives.softmax import CONCATENATIONS
from aisle.tasks.siamese.data import Pair, read_pairs
from aisle.tasks.siamese.loading import load_siamese
from aisle.tasks.siamese.settings import SiameseSettings
from aisle.training.loop import train
from aisle.training.progress import training_progress
from aisle.training.settings import TrainingSettings

POOLINGS = ("mean", "max", "cls")
DEFAULT = "u,v,|u-v|"
PAPER_POOLING = {
    "nli": {"mean": 80.78, "max": 79.07, "cls": 79.80},
    "stsb": {"mean": 87.44, "max": 69.92, "cls": 86.62},
}
PAPER_CONCATENATION = dict(zip(CONCATENATIONS, (66.04, 69.78, 70.54, 78.37, 77.44, 80.78, 80.44), strict=True))
NLI = ("snli_20k/train.tsv.gz", "snli_devtest/dev.tsv.gz", "sick/train.tsv", "rte/train.tsv")
STSB = "stsb/train.tsv"


@dataclass(frozen=True)
class Cell:
    """One number of the table."""

    data: str
    pooling: str
    concatenation: str = ""

    @property
    def name(self) -> str:
        """For the directory of its runs."""
        letters = self.concatenation.replace("|u-v|", "d").replace("u*v", "p").replace(",", "")
        return "-".join(part for part in (self.data, self.pooling, letters) if part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--output", type=Path, required=True, help="directory of the runs")
    parser.add_argument("--encoder", default="minilm", help="what to start from")
    parser.add_argument("--pairs", type=int, default=0, help="inference pairs to train on; 0 for all")
    parser.add_argument("--seeds", type=int, default=1, help="runs a cell; the table shows their mean")
    parser.add_argument("--learning-rate", type=float, default=2e-5, help="the paper's; small encoders need more")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0 for its own choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    show(arguments.data, arguments.output, arguments.encoder, arguments.pairs, arguments.seeds, arguments.learning_rate)


def show(data: Path, output: Path, encoder: str, count: int, seeds: int, rate: float = 2e-5) -> None:
    """Train every cell that is not there yet, and print both halves of the table and what the paper says of it."""
    output.mkdir(parents=True, exist_ok=True)
    pairs = output / f"nli-{count or 'all'}.tsv"
    if not pairs.exists():
        write_nli(data, pairs, count)
    found: dict[Cell, float] = {}
    for cell in cells():
        train_on = pairs if cell.data == "nli" else data / STSB
        dev = data / "stsb" / "dev.tsv"
        scores = [spearman(cell, encoder, train_on, dev, output, seed, rate) for seed in range(seeds)]
        found[cell] = statistics.mean(scores)
        rich.print(f"{cell.name}: {found[cell]:.2f} ({', '.join(f'{score:.2f}' for score in scores)})")
    for table in tables(found, Path(encoder).name):
        rich.print(table)
    rich.print(claims(found))


def cells() -> Iterator[Cell]:
    """The rows of the paper's table; mean pooling with (u, v, |u-v|) is in both halves and is trained once."""
    for concatenation in CONCATENATIONS:
        yield Cell("nli", "mean", concatenation)
    for pooling in POOLINGS[1:]:
        yield Cell("nli", pooling, DEFAULT)
    for pooling in POOLINGS:
        yield Cell("stsb", pooling)


def write_nli(data: Path, path: Path, count: int) -> None:
    """All inference pairs, or some of them at random, in one table."""
    settings = SiameseSettings(objective="softmax")
    pairs: list[Pair] = [pair for name in NLI for pair in read_pairs(data / name, settings, needs=("label",))]
    chosen = np.random.default_rng(0).permutation(len(pairs))[: count or None]
    lines = [f"{pairs[at].label}\t{pairs[at].first}\t{pairs[at].second}\n" for at in chosen]
    path.write_text("label\tsentence1\tsentence2\n" + "".join(lines), "utf-8")


def spearman(cell: Cell, encoder: str, train_on: Path, dev: Path, output: Path, seed: int, rate: float) -> float:
    """Train one cell, unless it is there already, and return what it reaches on the dev part."""
    run = output / f"{cell.name}-{seed}"
    facts = run / "run.json"
    if not (facts.is_file() and json.loads(facts.read_text())["status"] == "finished"):
        softmax = cell.data == "nli"
        settings = SiameseSettings(
            objective="softmax" if softmax else "cosine",
            concatenation=cell.concatenation or DEFAULT,
            pooling=cell.pooling,  # type: ignore[arg-type]
        )
        # One evaluation, after the last step: choosing the best by the very part that is reported would flatter.
        training = TrainingSettings(
            epochs=1 if softmax else 4, batch_size=16, learning_rate=rate, seed=seed, evaluate_every=1_000_000_000
        )
        loaded = load_siamese(encoder, [train_on], dev, settings, training)
        with training_progress() as progress:
            train(loaded.task, training, run, progress=progress, about={"cell": cell.name, "encoder": encoder})
        (run / "model.safetensors").unlink()  # the table needs the number only
    return float(json.loads(facts.read_text())["result"]["best"])


def tables(found: dict[Cell, float], encoder: str) -> Iterator[Table]:
    """Both halves, beside the paper's."""
    pooling = Table("pooling", "NLI", "paper", "STS-B", "paper", title=f"Poolings, from {encoder}")
    for mode in POOLINGS:
        values = (found[Cell("nli", mode, DEFAULT)], PAPER_POOLING["nli"][mode])
        more = (found[Cell("stsb", mode)], PAPER_POOLING["stsb"][mode])
        pooling.add_row(mode, *(f"{value:.2f}" for value in (*values, *more)))
    yield pooling
    concatenation = Table("concatenation", "NLI", "paper", title=f"Concatenations, mean pooling, from {encoder}")
    for parts in CONCATENATIONS:
        ours = found[Cell("nli", "mean", parts)]
        concatenation.add_row(f"({parts})", f"{ours:.2f}", f"{PAPER_CONCATENATION[parts]:.2f}")
    yield concatenation


def claims(found: dict[Cell, float]) -> Table:
    """What the paper says of its table, and whether it is so here."""
    parts = {name: found[Cell("nli", "mean", name)] for name in CONCATENATIONS}
    nli = {mode: found[Cell("nli", mode, DEFAULT)] for mode in POOLINGS}
    stsb = {mode: found[Cell("stsb", mode)] for mode in POOLINGS}
    pairs = [(a, b) for a in parts for b in parts if PAPER_CONCATENATION[a] > PAPER_CONCATENATION[b]]
    same = sum(parts[a] > parts[b] for a, b in pairs)
    table = Table("the paper's claim", "here")
    for claim, holds in (
        ("beside (u,v), |u-v| helps more than u*v", parts["u,v,|u-v|"] > parts["u,v,u*v"] > parts["u,v"]),
        ("(u,v,|u-v|) is the best of all", max(parts, key=lambda name: parts[name]) == DEFAULT),
        ("adding u*v to it does not help", parts["u,v,|u-v|,u*v"] <= parts[DEFAULT]),
        ("inference: mean is above CLS, CLS above max", nli["mean"] > nli["cls"] > nli["max"]),
        ("STS-B: mean is above CLS, CLS above max", stsb["mean"] > stsb["cls"] > stsb["max"]),
        ("STS-B: max is far (10 points) below", stsb["max"] < min(stsb["mean"], stsb["cls"]) - 10),
    ):
        table.add_row(claim, "holds" if holds else "does not hold")
    table.add_row("pairs of concatenations in the paper's order", f"{same} of {len(pairs)}")
    return table


if __name__ == "__main__":
    main()
