"""Memory of `aisle encode` over a file of a million lines, killed on the way and started again.

    python -m benchmarks.memory [--data DIR] [--texts 1000000] [--words 0] [--kill-at 0.4]

The lines are the product names of `DIR/instacart`, again and again with a number behind, or titles of the sample shop
(simulated); `--words 2` keeps the first two words of each, which takes a third of the time. Resident memory is read
every second and told for each tenth of the file. At `--kill-at` of the file the process is killed (SIGKILL); the next
one must go on from there, and the first and the last vectors must be those of the texts encoded by themselves.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import rich
from rich.table import Table

from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.sample.catalogue import sample_catalogue
from benchmarks.encode import rows


@dataclass(slots=True)
class Seen:
    """Resident memory over one run."""

    started: float = field(default_factory=time.perf_counter)
    points: list[tuple[int, float, float]] = field(default_factory=list)
    """Texts done, megabytes, seconds since the start."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--texts", type=int, default=1_000_000, help="lines in the file")
    parser.add_argument("--words", type=int, default=0, help="words of a line to keep; 0 keeps all")
    parser.add_argument("--kill-at", type=float, default=0.4, help="share of the file after which to kill")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "texts.txt", Path(scratch) / "vectors.npy"
        names = [" ".join(name.split()[: arguments.words or None]) for name in product_names(arguments.data)]
        numbered = (f"{name} {number}" for number in itertools.count(1) for name in names)
        with source.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in itertools.islice(numbered, arguments.texts))
        killed = encode(source, target, stop_at=int(arguments.texts * arguments.kill_at))
        rich.print(summary("until it was killed", killed, arguments.texts))
        finished = encode(source, target)
        rich.print(summary("gone on with", finished, arguments.texts))
        check(source, target, arguments.texts)
        print(f"{arguments.texts:,} vectors, first and last as encoded by themselves")


def product_names(data: Path | None) -> list[str]:
    """One name a line."""
    if data is None:
        return [product.title for product in sample_catalogue(products=20_000)]
    return [row["product_name"] for row in rows(data / "instacart" / "products.tsv.gz")]


def encode(source: Path, target: Path, stop_at: int | None = None) -> Seen:
    """Run the command to its end, or kill it once it noted that `stop_at` texts are done."""
    words = ["encode", "--input", str(source), "--output", str(target), "--json"]
    process = psutil.Popen([sys.executable, "-m", "aisle.cli.main", *words], stdout=sys.stderr)
    note = Path(f"{target}.partial.json")
    seen = Seen()
    while process.poll() is None:
        time.sleep(1)
        try:
            memory = process.memory_info().rss / 1e6
            done = json.loads(note.read_text())["done"][0]
        except (psutil.Error, OSError):
            continue
        seen.points.append((done, memory, time.perf_counter() - seen.started))
        if stop_at is not None and done >= stop_at:
            process.kill()
            process.wait()
            return seen
    assert process.returncode == 0, "the command failed"
    return seen


def summary(title: str, seen: Seen, texts: int) -> Table:
    """Megabytes where each tenth of the file was done."""
    table = Table("texts done", "MB", "seconds", title=f"aisle encode, {title}")
    for column in table.columns:
        column.justify = "right"
    tenths = itertools.groupby(seen.points, key=lambda point: point[0] * 10 // texts)
    for _, points in tenths:
        done, memory, seconds = next(points)
        table.add_row(f"{done:,}", f"{memory:.0f}", f"{seconds:.0f}")
    done, memory, seconds = seen.points[-1]
    table.add_row(f"{done:,}", f"{memory:.0f}", f"{seconds:.0f}")
    table.add_row("peak", f"{max(point[1] for point in seen.points):.0f}", "")
    return table


def check(source: Path, target: Path, texts: int) -> None:
    """The file has every vector, and those at both ends are right."""
    vectors_ND = np.load(target, mmap_mode="r")
    assert vectors_ND.shape[0] == texts, f"{vectors_ND.shape[0]:,} vectors of {texts:,} texts"
    with source.open(encoding="utf-8") as file:
        lines = file.read().splitlines()
    encoder = SentenceEncoder.load("minilm")
    for part in (slice(0, 50), slice(texts - 50, texts)):
        np.testing.assert_allclose(vectors_ND[part], encoder.encode(lines[part]), atol=1e-5)


if __name__ == "__main__":
    main()
