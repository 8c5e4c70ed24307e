"""Single texts and whole lists through one encoder from many threads at once, with every allocation checked.

    python -m benchmarks.storm --seconds 120

Runs itself in a process of its own under the C library's checks (`libc_malloc_debug`, where it is installed), which end
the process at the first damaged block of memory. Every vector is compared with the one computed alone. Ends with an
error if the process dies or a vector differs.
"""

from __future__ import annotations

import argparse
import ctypes.util
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from aisle.sentence.encoder import SentenceEncoder

WORDS = [
    "milk",
    "oat",
    "gallon",
    "something",
    "for",
    "breakfast",
    "cheddar",
    "paper",
    "towels",
    "gluten",
    "free",
    "pasta",
    "coffee",
    "2",
    "%",
    "12",
    "oz",
]
CHECKER = "libc_malloc_debug.so.0"


def main() -> int:
    """Run; 0 if the process lived and every vector was right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return storm(options.encoder, options.seconds)
    checks = {"GLIBC_TUNABLES": "glibc.malloc.check=3", "MALLOC_PERTURB_": "165"}
    if ctypes.util.find_library("c_malloc_debug"):
        checks["LD_PRELOAD"] = CHECKER
    print("allocations checked" if "LD_PRELOAD" in checks else f"{CHECKER} is not installed: allocations unchecked")
    words = [sys.executable, "-X", "faulthandler", "-m", "benchmarks.storm", "--inside", *sys.argv[1:]]
    died = subprocess.run(words, env={**os.environ, **checks}, check=False).returncode
    print(f"ended with {died}")
    return 1 if died else 0


def storm(name: str, seconds: float) -> int:
    """Two threads with single texts, two with lists, and one that starts short-lived threads."""
    encoder = SentenceEncoder.load(name)
    texts = [" ".join(random.Random(seed).choices(WORDS, k=1 + seed % 14)) for seed in range(400)]
    alone_ND = np.concatenate([encoder.encode([text]) for text in texts])
    until, counts, wrong = time.monotonic() + seconds, [0] * 5, list[float]()

    def some(number: int, chance: random.Random, most: int) -> None:
        chosen = [chance.randrange(len(texts)) for _ in range(chance.randint(1, most))]
        difference = float(np.abs(encoder.encode([texts[one] for one in chosen]) - alone_ND[chosen]).max())
        if difference > 1e-5:
            wrong.append(difference)
        counts[number] += 1

    def brief(number: int, chance: random.Random) -> None:
        threads = [threading.Thread(target=some, args=(number, chance, 1)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def repeated(number: int, what: Callable[[int, random.Random], None]) -> None:
        chance = random.Random(number)
        while time.monotonic() < until:
            what(number, chance)

    def single(number: int, chance: random.Random) -> None:
        some(number, chance, 1)

    def many(number: int, chance: random.Random) -> None:
        some(number, chance, 40)

    threads = [
        threading.Thread(target=repeated, args=(number, what))
        for number, what in enumerate((single, single, many, many, brief))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"calls by thread {counts}; {len(wrong)} with wrong vectors, the worst off by {max(wrong, default=0.0):.2g}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
