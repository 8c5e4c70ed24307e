"""How long one query takes in either tower."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from aisle.sentence.encoder import SentenceEncoder

_TURN = 50


def milliseconds_a_query(encoders: Sequence[SentenceEncoder], queries: Sequence[str]) -> list[dict[str, float]]:
    """Median and 99th percentile of encoding the queries one by one, for each encoder, in milliseconds.

    The encoders take turns after every few queries, so that whatever else the machine does falls on all alike. Not
    after each one: what waits for another's threads to fall asleep is not what a query takes.
    """
    taken: list[list[float]] = [[] for _ in encoders]
    for start in range(0, len(queries), _TURN):
        for encoder, times in zip(encoders, taken, strict=True):
            encoder.encode(["warm"])
            for query in queries[start : start + _TURN]:
                started = time.perf_counter()
                encoder.encode([query])
                times.append((time.perf_counter() - started) * 1e3)
    return [
        {"p50": float(np.percentile(times, 50)), "p99": float(np.percentile(times, 99))} if times else {}
        for times in taken
    ]
