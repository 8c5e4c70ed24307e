"""How late the slowest shard is: a simulation of queries that wait for every shard of a catalogue.

    python -m benchmarks.tail [--samples FILE] [--kind hybrid] [--queries 20000] [--seed 1]

One shard's times are drawn from measured ones: `samples.json` of `python -m benchmarks.scale --work DIR`, or without it
from a log-normal distribution of the given median and 99th percentile. Queries come at random moments (Poisson); every
shard is on so many machines (replicas), a query goes to one of them at random, and each machine answers one query after
the other, in the order they came. A query is done when its slowest shard is. A hedged query asks a second replica where
the first has not answered by the 95th percentile of that shard's times; what this costs the others is not simulated,
but for the 5 % of queries that it adds to the load. The network is left out. Everything printed is simulated.

After J. Dean and L. A. Barroso, "The tail at scale", 2013.

Legend: Q queries, S shards.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import rich
from numpy.typing import NDArray
from rich.table import Table

SHARDS = (1, 4, 16, 64, 256)
LOADS = (0.3, 0.6, 0.8)
HEDGED_FROM = 95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=Path, help="samples.json of benchmarks.scale")
    parser.add_argument("--kind", default="hybrid", help="which of its searches")
    parser.add_argument("--median", type=float, default=20.0, help="without samples: median of a shard, ms")
    parser.add_argument("--p99", type=float, default=50.0, help="without samples: 99th percentile of a shard, ms")
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    if arguments.samples is None:
        spread = np.log(arguments.p99 / arguments.median) / 2.3263
        samples = arguments.median * np.exp(spread * random.normal(size=100_000))
    else:
        samples = np.array(json.loads(arguments.samples.read_text())[arguments.kind])
    p50, p99 = np.percentile(samples, [50, 99])
    title = f"one shard by itself: p50 {p50:.1f} ms, p99 {p99:.1f} ms; simulated, {arguments.queries:,} queries a row"
    table = Table("shards", "load", "p50 ms", "p99 ms", "p99.9 ms", "hedged: p50", "p99", "p99.9", title=title)
    for shards in SHARDS:
        for load in LOADS:
            plain_Q, hedged_Q = simulate(samples, shards, load, arguments.queries, random)
            figures = [f"{value:.0f}" for took in (plain_Q, hedged_Q) for value in np.percentile(took, [50, 99, 99.9])]
            table.add_row(str(shards), f"{load:.0%}", *figures)
    rich.print(table)


def simulate(
    samples: NDArray[np.float64], shards: int, load: float, queries: int, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Milliseconds until all shards answered, (Q,), without and with hedging. `load` is the share of time a machine is
    busy with queries; those of hedging come on top."""
    plain_Q, hedged_Q = np.zeros(queries), np.zeros(queries)
    for _ in range(shards):
        first_Q = answered(samples, load, queries, random)
        plain_Q = np.maximum(plain_Q, first_Q)
        busier = load * (1 + (100 - HEDGED_FROM) / 100)
        first_Q, second_Q = (answered(samples, busier, queries, random) for _ in range(2))
        patience = np.percentile(first_Q, HEDGED_FROM)
        hedged_Q = np.maximum(hedged_Q, np.minimum(first_Q, patience + second_Q))
    return plain_Q, hedged_Q


def answered(
    samples: NDArray[np.float64], load: float, queries: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Waiting and serving of one machine for queries that come at random moments, (Q,).

    The wait of a query is that of the one before and its serving, less the time between them, and never below nothing
    (D. V. Lindley, 1952): a random walk less its lowest point so far.
    """
    served_Q = random.choice(samples, size=queries)
    between_Q = random.exponential(samples.mean() / load, size=queries)
    walk_Q = np.concatenate([[0.0], np.cumsum(served_Q[:-1] - between_Q[1:])])
    return walk_Q - np.minimum.accumulate(walk_Q) + served_Q


if __name__ == "__main__":
    main()
