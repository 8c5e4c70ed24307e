"""Two recipes of pre-training at the same time on the same machine: which gets further in the same minutes?

    python -m benchmarks.pretrain --data DIR [--size tiny] [--minutes 9] [--output runs/pretrain] [--threads 1]

Both read `DIR/classic_books/books_*.txt.gz`, share the token files, start together and end together, so that whatever
else the machine does slows both. What comes out: a table on standard output and the curves as a picture in the output
directory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from aisle.training.curves import smoothed

RECIPES = ("bert", "budget")


def command(recipe: str, corpus: list[Path], options: argparse.Namespace) -> list[str]:
    """`aisle pretrain` for one of them."""
    words = [sys.executable, "-m", "aisle.cli.main", "pretrain", "--corpus", *map(str, corpus)]
    words += ["--tokens", str(options.output / "text"), "--size", options.size, "--recipe-name", recipe]
    return [*words, "--output", str(options.output / recipe), "--json"]


def run(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Read the text once, then train both; returns what each reported."""
    corpus = sorted((options.data / "classic_books").glob("books_*.txt.gz"))
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
    # One step reads the text, so that neither recipe has to in its minutes.
    first = [*command("budget", corpus, options), "--steps", "1"]
    first[first.index(str(options.output / "budget"))] = str(options.output / "reading")
    subprocess.run(first, check=True, env=environment, stdout=subprocess.DEVNULL)
    running = {
        recipe: subprocess.Popen(
            [*command(recipe, corpus, options), "--minutes", str(options.minutes)],
            stdout=subprocess.PIPE,
            env=environment,
        )
        for recipe in RECIPES
    }
    outputs = {recipe: process.communicate()[0] for recipe, process in running.items()}
    failed = [recipe for recipe, process in running.items() if process.returncode]
    if failed:
        sys.exit(f"{', '.join(failed)}: the run failed, see above")
    return {recipe: json.loads(output) for recipe, output in outputs.items()}


def draw(runs: dict[str, Path], path: Path) -> None:
    """Training loss and held-out loss of masked words over the seconds of training steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    plot = figure.subplots()
    for (recipe, directory), colour in zip(runs.items(), ("tab:gray", "tab:blue"), strict=True):
        lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
        steps = [line for line in lines if "loss" in line]
        seconds = [0.0, *accumulate(line["tokens"] / line["tokens_per_second"] for line in steps)]
        losses = smoothed(np.array([line["loss"] for line in steps]))
        label = f"{recipe}, training" + (" (with next sentence)" if recipe == "bert" else "")
        plot.plot(seconds[1:], losses, color=colour, label=label)
        held_out = [(seconds[line["step"]], line["dev"]["mlm_loss"]) for line in lines if "dev" in line]
        plot.plot(*zip(*held_out, strict=True), "o", color=colour, label=f"{recipe}, held out, masked words only")
    plot.set_xlabel("seconds of training steps")
    plot.set_ylabel("nats a token")
    plot.legend(fontsize="small")
    figure.savefig(path, dpi=110, format="png")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--output", type=Path, default=Path("runs/pretrain"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    reports = run(options)
    columns = ("mlm_loss", "mlm_accuracy", "mlm_bits_per_character", "nsp_accuracy", "steps", "share_of_matrix_peak")
    print("| recipe |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for recipe, report in reports.items():
        values = (report[column] for column in columns)
        print(f"| {recipe} |", " | ".join("" if value is None else f"{value:.4g}" for value in values), "|")
    draw({recipe: options.output / recipe for recipe in RECIPES}, options.output / "curves.png")


if __name__ == "__main__":
    main()
