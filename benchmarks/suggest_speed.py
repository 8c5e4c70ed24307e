"""Auto-complete: how fast it is, in process and over HTTP, beside what other libraries do.

    python -m benchmarks.suggest_speed [--candidates 200000 1000000] [--prefixes 2000] [--requests 6000]

Candidates are generated: two to five words of the sample shop's vocabulary, with a popularity that falls off as in real
logs. Prefixes are the beginnings of candidates drawn by popularity; a fifth of them have one slip of the fingers.
Every measurement runs in a process of its own. Peers are measured if they are installed: tantivy, marisa-trie.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psutil
import rich
from rich.table import Table

from aisle.search.build import build_search
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.slips import slip
from aisle.shop.versions import Versions
from aisle.storefront.shop import Shop
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.matching import fold
from aisle.suggest.model import Learned, RankModel

LISTED = 10
CLIENTS = 8
# A model that looks at everything, with weights as a log teaches them.
MODEL = RankModel(
    weights={"popularity": 0.7, "length": -0.8, "start": 5.4, "saved": 0.2, "short": -0.1, "pair": 0.2, "session": 1.3}
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--prefixes", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=6000, help="over HTTP; 0 leaves it out")
    parser.add_argument("--one", nargs=3, metavar=("SYSTEM", "COUNT", "DIRECTORY"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        system, count, directory = arguments.one
        print(json.dumps(measured(system, int(count), Path(directory), arguments.prefixes)))
        return
    table = Table("system", "candidates", "p50 ms", "p99 ms", "p50 ms, slips", "p99 ms, slips", "MB", "MB on disk",
                  title="in process, processor time of the thread")  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        for count in arguments.candidates:
            for system in systems():
                directory = Path(scratch) / f"{system}-{count}"
                directory.mkdir()
                words = [sys.executable, "-m", "benchmarks.suggest_speed", "--prefixes", str(arguments.prefixes)]
                # Building takes memory of its own, so the index is opened in another process.
                for part in ("build", "ask"):
                    given = [*words, "--one", f"{part}:{system}", str(count), str(directory)]
                    out = subprocess.run(given, check=True, capture_output=True, text=True).stdout
                row = json.loads(out)
                figures = (f"{row[name]:.3f}" for name in ("p50", "p99", "slip p50", "slip p99"))
                table.add_row(system, f"{count:,}", *figures, f"{row['mb']:.0f}", f"{row['disk']:.0f}")
        rich.print(table)
        if arguments.requests:
            rich.print(over_http(Path(scratch), arguments.candidates[0], arguments.requests))


def systems() -> list[str]:
    found = ["aisle", "sorted list"]
    return found + [name for name in ("tantivy", "marisa_trie") if importlib.util.find_spec(name)]


def generated(count: int) -> list[Candidate]:
    """The same candidates each time."""
    chance = random.Random(7)
    words = sorted({word for product in sample_catalogue(products=4000) for word in fold(product.title).split()})
    words = [word for word in words if word.isalpha()]
    # Common words are far commoner than rare ones.
    likely = np.cumsum([1 / (rank + 5) for rank in range(len(words))])
    chance.shuffle(words)
    texts: dict[str, None] = {}
    while len(texts) < count:
        drawn = np.searchsorted(likely, [chance.random() * likely[-1] for _ in range(chance.choice((2, 3, 3, 4, 5)))])
        texts[" ".join(dict.fromkeys(words[int(at)] for at in drawn))] = None
    kinds = [f"kind {number}" for number in range(300)]
    return [
        Candidate(
            text=text, popularity=1e5 / (rank + 10), source="events", category=chance.choice(kinds), image="box-1a2b"
        )
        for rank, text in enumerate(texts)
    ]


def typed(candidates: Sequence[Candidate], count: int) -> list[tuple[str, bool]]:
    """Beginnings of candidates, and whether there is a slip in them."""
    chance = random.Random(8)
    weights = np.cumsum([candidate.popularity for candidate in candidates])
    found = []
    for number in range(count):
        at = int(np.searchsorted(weights, chance.random() * weights[-1]))
        text = candidates[at].text
        slipping = number % 5 == 0
        length = chance.randint(4, len(text)) if slipping else chance.randint(1, len(text))
        found.append(((slip(text, chance) if slipping else text)[:length], slipping))
    return found


def measured(system: str, count: int, directory: Path, prefixes: int) -> dict[str, float]:
    """Build an index, or ask it."""
    part, _, name = system.partition(":")
    candidates = generated(count)
    if part == "build":
        BUILDS[name](candidates, directory)
        return {}
    moments = typed(candidates, prefixes)
    keep = name == "sorted list"
    if not keep:
        del candidates
    before = psutil.Process().memory_info().rss
    ask = OPENS[name](candidates if keep else [], directory)
    for prefix, _ in moments[:100]:
        ask(prefix)
    times: dict[bool, list[float]] = {False: [], True: []}
    for prefix, slipping in moments:
        started = time.thread_time()
        ask(prefix)
        times[slipping].append((time.thread_time() - started) * 1e3)
    (p50, p99), (slip50, slip99) = (np.percentile(times[slipping], [50, 99]).tolist() for slipping in (False, True))
    disk = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6
    memory = (psutil.Process().memory_info().rss - before) / 1e6
    return {"p50": p50, "p99": p99, "slip p50": slip50, "slip p99": slip99, "mb": memory, "disk": disk}


Ask = Callable[[str], object]


def build_aisle(candidates: Sequence[Candidate], directory: Path) -> None:
    build_suggestions(directory, candidates, learned=Learned(model=MODEL, moves={("kind 1", "kind 2"): 0.5}))


def open_aisle(candidates: Sequence[Candidate], directory: Path) -> Ask:
    index = SuggestIndex.open(directory)
    return lambda prefix: index.suggest(prefix, k=LISTED)


def open_sorted(candidates: Sequence[Candidate], directory: Path) -> Ask:
    """A plain trie in its quickest form for Python: the typed text at the beginning, no slips, no duplicates."""
    worth = {fold(candidate.text): candidate.popularity for candidate in candidates}
    keys = sorted(worth)

    def ask(prefix: str) -> list[str]:
        first, end = bisect_left(keys, prefix), bisect_left(keys, prefix + "\U0010ffff")
        return sorted(keys[first:end], key=lambda key: -worth[key])[:LISTED]

    return ask


def build_marisa(candidates: Sequence[Candidate], directory: Path) -> None:
    import marisa_trie

    trie = marisa_trie.RecordTrie("<f", [(fold(one.text), (one.popularity,)) for one in candidates])
    trie.save(str(directory / "trie"))


def open_marisa(candidates: Sequence[Candidate], directory: Path) -> Ask:
    import marisa_trie

    trie = marisa_trie.RecordTrie("<f").mmap(str(directory / "trie"))
    return lambda prefix: sorted(trie.items(prefix), key=lambda one: -one[1][0])[:LISTED]


def build_tantivy(candidates: Sequence[Candidate], directory: Path) -> None:
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_text_field("text", stored=True)
    schema.add_float_field("popularity", fast=True, stored=True)
    index = tantivy.Index(schema.build(), path=str(directory))
    writer = index.writer(200_000_000, 1)
    for one in candidates:
        writer.add_document(tantivy.Document(text=fold(one.text), popularity=one.popularity))
    writer.commit()
    writer.wait_merging_threads()


def open_tantivy(candidates: Sequence[Candidate], directory: Path) -> Ask:
    """Every typed word with one edit, the last one as a prefix, ordered by popularity."""
    import tantivy

    index = tantivy.Index.open(str(directory))
    searcher, schema = index.searcher(), index.schema

    def ask(prefix: str) -> list[str]:
        parts = prefix.split()
        clauses = [
            (tantivy.Occur.Must, tantivy.Query.fuzzy_term_query(
                schema, "text", part, distance=1 if len(part) > 2 else 0, prefix=at == len(parts) - 1
            ))
            for at, part in enumerate(parts)
        ]  # fmt: skip
        found = searcher.search(tantivy.Query.boolean_query(clauses), LISTED, order_by_field="popularity")
        return [searcher.doc(address)["text"][0] for _, address in found.hits]

    return ask


BUILDS: dict[str, Callable[[Sequence[Candidate], Path], None]] = {
    "aisle": build_aisle,
    "sorted list": lambda candidates, directory: None,
    "marisa_trie": build_marisa,
    "tantivy": build_tantivy,
}
OPENS: dict[str, Callable[[Sequence[Candidate], Path], Ask]] = {
    "aisle": open_aisle,
    "sorted list": open_sorted,
    "marisa_trie": open_marisa,
    "tantivy": open_tantivy,
}


# Over HTTP --------------------------------------------------------------------------------------------------------


def over_http(scratch: Path, count: int, requests: int) -> Table:
    """`aisle serve` with one and two workers, asked by clients on the same machine."""
    shop = served_shop(scratch, count)
    prefixes = [prefix for prefix, _ in typed(generated(count), 1000)]
    table = Table(
        "workers", "requests/s", "p50 ms", "p99 ms", title=f"over HTTP, {CLIENTS} connections, {count:,} candidates"
    )
    for workers in (1, 2):
        port = 18_000 + os.getpid() % 2000 + workers
        words = [
            sys.executable,
            "-m",
            "aisle.cli.main",
            "serve",
            str(shop),
            "--port",
            str(port),
            "--workers",
            str(workers),
        ]
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            times, seconds = asyncio.run(
                asked(port, [f"/api/suggest?q={quote(prefix)}" for prefix in prefixes], requests)
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        p50, p99 = np.percentile(times, [50, 99])
        table.add_row(str(workers), f"{requests / seconds:,.0f}", f"{p50:.2f}", f"{p99:.2f}")
    return table


def served_shop(scratch: Path, count: int) -> Path:
    """A shop of one product whose suggestions are the generated ones."""
    path = scratch / "shop"
    milk = Product(product_id="1", title="Milk")
    with Shop.create(path, simulated=True) as shop:
        shop.put_products([milk])
        revision = shop.ledger.revision()
    with Versions(path).begin() as staging:
        build_search(staging.directory, [milk], None)
        for file in (scratch / f"aisle-{count}").glob("suggest*"):
            shutil.copy(file, staging.directory / file.name)
        staging.publish({"products": 1, "suggestions": count, "revision": revision, "encoder": "none",
                         "encoder_fingerprint": "", "precision": ""})  # fmt: skip
    return path


async def asked(port: int, paths: Sequence[str], requests: int) -> tuple[list[float], float]:
    """Milliseconds of each request, and the seconds of all of them."""
    times: list[float] = []
    await ready(port)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(number, requests, CLIENTS):
            started = time.perf_counter()
            writer.write(f"GET {paths[at % len(paths)]} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            times.append((time.perf_counter() - started) * 1e3)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return times, time.perf_counter() - started


async def ready(port: int) -> None:
    for _ in range(1200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("the server did not answer within a minute")


if __name__ == "__main__":
    main()
