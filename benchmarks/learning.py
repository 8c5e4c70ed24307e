"""What training reaches with the defaults: STS-B by cosine regression, and three classifiers, all from MiniLM.

    python -m benchmarks.learning --data DIR --output runs/learning [--only emotion6 sst2 goemotions stsb] [--seeds 3]

Runs `aisle train …` and `aisle evaluate …` as a user would, with no flag but files and the seed. The dev part chooses
the weights that are kept; where the data have a test part (STS-B, SST-2) it is evaluated once, at the end. Seeds are
for STS-B; classifiers are trained once. Every run is kept in `--output`; a command that was interrupted goes on where
it was.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import rich
from rich.table import Table

CLASSIFIERS = {
    "emotion6": ("train.tsv.gz", "dev.tsv", ""),
    "sst2": ("train.tsv.gz", "dev.tsv", "test.tsv"),
    "goemotions": ("train.tsv.gz", "dev.tsv", ""),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--output", type=Path, required=True, help="directory of the runs")
    parser.add_argument("--encoder", default="minilm", help="what to start from")
    parser.add_argument("--only", nargs="+", choices=(*CLASSIFIERS, "stsb"), default=(*CLASSIFIERS, "stsb"))
    parser.add_argument("--seeds", type=int, default=3, help="runs on STS-B")
    arguments = parser.parse_args()
    for name in arguments.only:
        if name == "stsb":
            rich.print(similarity(arguments.data / name, arguments.output, arguments.encoder, arguments.seeds))
        else:
            rich.print(classifier(arguments.data / name, arguments.output, arguments.encoder, *CLASSIFIERS[name]))


def similarity(data: Path, output: Path, encoder: str, seeds: int) -> Table:
    """A row a seed, and their mean."""
    table = Table("seed", "dev", "test", "minutes", title="STS-B, Spearman x100")
    before = [aisle("evaluate", "sts", "--encoder", encoder, "--data", data / part) for part in ("dev.tsv", "test.tsv")]
    table.add_row("before training", *(f"{found['spearman']:.2f}" for found in before), "")
    scores = []
    for seed in range(seeds):
        words = ("--data", data / "train.tsv", "--dev", data / "dev.tsv", "--objective", "cosine", "--seed", seed)
        result = trained(output / f"stsb-{seed}", "train", "siamese", "--encoder", encoder, *words)
        test = aisle("evaluate", "sts", "--encoder", output / f"stsb-{seed}", "--data", data / "test.tsv")
        scores.append((float(result["best"]), float(test["spearman"])))
        table.add_row(str(seed), *(f"{score:.2f}" for score in scores[-1]), f"{result['seconds'] / 60:.1f}")
    table.add_row("mean", *(f"{statistics.mean(column):.2f}" for column in zip(*scores, strict=True)), "")
    return table


def classifier(data: Path, output: Path, encoder: str, train: str, dev: str, test: str) -> Table:
    """A row a part."""
    run = output / data.name
    result = trained(run, "train", "classifier", "--encoder", encoder, "--data", data / train, "--dev", data / dev)
    columns = ("part", "texts", "accuracy", "macro F1", "log loss", "calibration error")
    title = f"{data.name}: {result['steps']} steps, best at {result['best_step']}, {result['seconds'] / 60:.1f} minutes"
    table = Table(*columns, title=title)
    for part in filter(None, (dev, test)):
        found = aisle("evaluate", "classifier", "--model", run, "--data", data / part)
        numbers = (found[name] for name in ("accuracy", "macro_f1", "log_loss", "calibration_error"))
        table.add_row(part.split(".")[0], f"{found['examples']:,}", *(f"{number:.4f}" for number in numbers))
    return table


def trained(run: Path, *words: object) -> dict[str, Any]:
    """The result of a run; trained unless it is there already."""
    facts = run / "run.json"
    if not (facts.is_file() and json.loads(facts.read_text())["status"] == "finished"):
        aisle(*words, "--output", run)
    result: dict[str, Any] = json.loads(facts.read_text())["result"]
    return result


def aisle(*words: object) -> dict[str, Any]:
    """Run one command; its JSON."""
    command = [sys.executable, "-m", "aisle.cli.main", *map(str, words), "--json"]
    print("$ aisle", *words, file=sys.stderr)
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
    return found


if __name__ == "__main__":
    main()
