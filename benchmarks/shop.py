"""A real catalogue from file to answers: loading, building, searching, suggesting, serving.

    python -m benchmarks.shop --data DIR [--requests 2000]

DIR holds `instacart/products.tsv.gz`, `wands_queries/query.tsv` and `algolia_queries/bestbuy_queries.tsv`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psutil
import rich
from rich.table import Table

from aisle.storefront.shop import Shop
from benchmarks.encode import rows

CLIENTS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--requests", type=int, default=2000, help="requests over HTTP")
    arguments = parser.parse_args()
    queries = real_queries(arguments.data)
    with tempfile.TemporaryDirectory() as scratch:
        shop = Path(scratch) / "shop"
        rich.print(built(arguments.data / "instacart" / "products.tsv.gz", shop, Path(scratch)))
        rich.print(in_process(shop, queries))
        rich.print(served(shop, queries, arguments.requests))


def real_queries(data: Path) -> list[str]:
    """1,000 queries that people typed into two shops."""
    queries = [row["query"] for row in rows(data / "wands_queries" / "query.tsv")]
    queries += [row["query"] for row in rows(data / "algolia_queries" / "bestbuy_queries.tsv")]
    return queries[:1000]


def built(catalogue: Path, shop: Path, scratch: Path) -> Table:
    """`shop create` and `shop build`, each in a process of its own: seconds, peak memory, size."""
    mapping = scratch / "map.toml"
    mapping.write_text('title = "product_name"\ncategory = ["department", "aisle"]\n')
    table = Table("step", "seconds", "of CPU time", "peak MB", title="a catalogue of 49,688 products")
    for step, words in (
        ("shop create", ["shop", "create", str(shop), "--catalogue", str(catalogue), "--map", str(mapping), "--json"]),
        ("shop build", ["shop", "build", str(shop), "--json"]),
    ):
        started = time.perf_counter()
        process = psutil.Popen([sys.executable, "-m", "aisle.cli.main", *words], stdout=subprocess.DEVNULL)
        peak, busy = 0, 0.0
        while process.poll() is None:
            try:
                peak = max(peak, process.memory_info().rss)
                busy = sum(process.cpu_times()[:2])
            except psutil.Error:
                break
            time.sleep(0.02)
        assert process.wait() == 0, f"{step} failed"
        table.add_row(step, f"{time.perf_counter() - started:.1f}", f"{busy:.1f}", f"{peak / 1e6:.0f}")
    size = sum(path.stat().st_size for path in shop.rglob("*") if path.is_file())
    table.add_row("size on disk", "", "", f"{size / 1e6:.0f}")
    return table


def in_process(path: Path, queries: Sequence[str]) -> Table:
    """Milliseconds of a search and of a suggestion, one at a time, query encoder included, no cache."""
    table = Table("what", "calls", "p50 ms", "p99 ms", "p50 of CPU time", title="in process")
    with Shop.open(path) as shop:
        encoder = shop.encoder
        assert encoder is not None
        for name, call in (
            ("search, hybrid", lambda query: shop.search(query)),
            ("search, lexical", lambda query: shop.search(query, mode="lexical")),
            ("search, semantic", lambda query: shop.search(query, mode="semantic")),
            ("the query encoder alone", lambda query: encoder.encode([query])),
        ):
            table.add_row(name, *timed(call, queries))
        prefixes = [query[:length] for query in queries for length in (1, 2, 3, 5, 8)]
        table.add_row("suggest", *timed(shop.suggest, prefixes))
    return table


def timed(call: Callable[[str], object], inputs: Sequence[str]) -> tuple[str, str, str, str]:
    """Calls, median and 99th percentile in milliseconds, and the median of processor time."""
    for given in inputs[:50]:
        call(given)
    times, busy = [], []
    for given in inputs:
        started, used = time.perf_counter(), time.process_time()
        call(given)
        times.append((time.perf_counter() - started) * 1e3)
        busy.append((time.process_time() - used) * 1e3)
    p50, p99 = np.percentile(times, [50, 99])
    return f"{len(inputs):,}", f"{p50:.2f}", f"{p99:.2f}", f"{np.median(busy):.2f}"


def served(shop: Path, queries: Sequence[str], requests: int) -> Table:
    """Start to first answer, memory, and requests a second of 8 clients on this machine."""
    table = Table("what", "requests/s", "p50 ms", "p99 ms", "MB", title=f"over HTTP, {CLIENTS} clients, one worker")
    port = 18_000 + os.getpid() % 2000
    started = time.perf_counter()
    words = [sys.executable, "-m", "aisle.cli.main", "serve", str(shop), "--port", str(port)]
    process = psutil.Popen(words, stderr=subprocess.DEVNULL)
    try:
        first = until_answer(port, "/api/search?q=milk")
        table.add_row("start to first answer, s", "", f"{first - started:.2f}", "", "")
        for name, path in (("search", "/api/search?q={}"), ("suggest", "/api/suggest?q={}")):
            asked = [query[: random.Random(query).randint(1, 8)] if name == "suggest" else query for query in queries]
            rate, p50, p99 = load(port, [path.format(quote(query)) for query in asked], requests)
            memory = f"{process.memory_info().rss / 1e6:.0f}"
            table.add_row(name, f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", memory)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    return table


def until_answer(port: int, path: str) -> float:
    """The moment of the first good answer."""
    deadline = time.perf_counter() + 60
    while time.perf_counter() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.perf_counter()
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the server did not answer within a minute")


def load(port: int, paths: Sequence[str], requests: int) -> tuple[float, float, float]:
    """Requests a second, and the median and 99th percentile in milliseconds, of clients that each keep a connection."""
    times: list[float] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for at in range(number, requests, CLIENTS):
            started = time.perf_counter()
            connection.request("GET", paths[at % len(paths)])
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            times.append((time.perf_counter() - started) * 1e3)
        json.loads(body)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p50, p99 = np.percentile(times, [50, 99])
    return requests / (time.perf_counter() - started), float(p50), float(p99)


if __name__ == "__main__":
    main()
