"""A server under mixed load for a long time: latencies by number of clients, memory and file descriptors over time.

    python -m benchmarks.soak --minutes 30

Searches, suggestions, events and product changes are sent by real HTTP clients of this process while the shop is
rebuilt and rolled back beside them. Ends with an error if any request or build failed, or if memory or descriptors keep
growing. A request fails if it is not answered, or with 500 or more; "busy" (503 with Retry-After) is counted by itself.
At the end processes at work are killed at random moments, again and again, and nothing acknowledged may be lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil

from aisle.errors import AisleError
from aisle.shop.event import Event
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

TOKEN = "soak"
UNANSWERED, BUSY = 599, 503
# Made once: making one takes a client longer than a hundred requests, and nothing here is encrypted.
TLS = ssl.create_default_context()
QUERIES = ("milk", "oat milk 1 gal", "something for breakfast", "cheddar", "paper towels", "gluten free pasta", "cofee")


@dataclass
class Tally:
    """What the clients saw."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, status: int, seconds: float) -> None:
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)
            self.statuses[f"{kind} {status}"] += 1


def main() -> int:
    """Run; 0 if nothing failed and nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--clients", type=int, default=8, help="clients of the long part")
    parser.add_argument("--products", type=int, default=3000)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--load-seconds", type=float, default=20.0, help="of each part with 1, 8 and 64 clients")
    parser.add_argument("--kill-rounds", type=int, default=70, help="kills of each of three kinds at the end; 0: none")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments of the kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aisle-soak-") as scratch:
        path = Path(scratch) / "shop"
        make_shop(path, options.products, options.encoder)
        with serving(path) as (server, address):
            for clients in (1, 8, 64):
                tally = load(address, clients, options.load_seconds, changes=False)
                show(f"{clients} clients", tally, options.load_seconds)
            failed = soak(path, server, address, options)
    return failed | kills(options.kill_rounds, options.seed)


def make_shop(path: Path, products: int, encoder: str) -> None:
    """A simulated shop with a few searches to suggest from."""
    with Shop.create(path, simulated=True) as shop:
        shop.put_products(sample_catalogue(products=products))
        shop.add_events(
            Event(action="search", timestamp=f"2026-01-0{day}T10:00:00Z", session_id=f"s{day}{query}", query=query)
            for query in QUERIES
            for day in range(1, 8)
        )
        shop.build(BuildSettings(encoder=encoder))


class serving:  # noqa: N801 - reads as the statement it is used in
    """`aisle serve` as a process of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> tuple[psutil.Process, str]:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aisle.cli.main", "serve", str(self.path), "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "AISLE_ADMIN_TOKEN": TOKEN, "COLUMNS": "400"},
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "http://" in line:
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return psutil.Process(self.process.pid), "http://" + line.split("http://")[1].strip()
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def load(address: str, clients: int, seconds: float, *, changes: bool) -> Tally:
    """Clients that ask one request after the other."""
    tally, start = Tally(), threading.Barrier(clients)
    threads = [
        threading.Thread(target=client, args=(address, tally, start, seconds, number, changes))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def client(address: str, tally: Tally, start: threading.Barrier, seconds: float, number: int, changes: bool) -> None:
    """One client: mostly suggestions and searches, some events, and changes if wanted."""
    chance = random.Random(number)
    with httpx.Client(base_url=address, timeout=60, verify=TLS) as http:
        start.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            query = chance.choice(QUERIES)
            kind = chance.choices(("suggest", "search", "events", "put", "delete"), (6, 3, 0.5, 0.1, 0.1))[0]
            if kind in ("put", "delete") and not changes:
                kind = "search"
            started = time.perf_counter()
            try:
                status = ask(http, kind, query, number, chance).status_code
            except httpx.TransportError:
                status = UNANSWERED
            tally.add(kind, status, time.perf_counter() - started)


def ask(http: httpx.Client, kind: str, query: str, number: int, chance: random.Random) -> httpx.Response:
    """One request of a kind."""
    admin = {"authorization": f"Bearer {TOKEN}"}
    if kind == "suggest":
        return http.get("/api/suggest", params={"q": query[: chance.randint(1, len(query))]})
    if kind == "search":
        extra = "" if chance.random() < 0.6 else f" {chance.randint(0, 10**6)}"
        return http.get("/api/search", params={"q": query + extra})
    if kind == "events":
        event = {"user_query": query, "session_id": f"c{number}", "timestamp": "2026-01-26T18:30:00Z"}
        return http.post("/api/events", json=event)
    if kind == "put":
        product = {"product_id": f"soak-{chance.randint(0, 50)}", "title": f"Soak {chance.random():.6f}"}
        return http.put("/api/products", json=product, headers=admin)
    return http.delete(f"/api/products/soak-{chance.randint(0, 50)}", headers=admin)


def soak(path: Path, server: psutil.Process, address: str, options: argparse.Namespace) -> int:
    """The long part: changes, builds and rollbacks under load, memory and descriptors by minute."""
    until = time.monotonic() + options.minutes * 60
    samples: list[tuple[float, float, int]] = []
    builder = Builder(path, address)
    builder.start()
    tally = Tally()
    while time.monotonic() < until:
        part = load(address, options.clients, min(60.0, max(1.0, until - time.monotonic())), changes=True)
        for kind, seconds in part.seconds.items():
            tally.seconds.setdefault(kind, []).extend(seconds)
        tally.statuses.update(part.statuses)
        # Memory of its own: pages of the versions' files, which the kernel takes back when it needs them, left out.
        memory = server.memory_full_info()
        samples.append((memory.uss / 2**20, memory.rss / 2**20, server.num_fds()))
        own, resident, descriptors = samples[-1]
        print(
            f"minute {len(samples)}: {own:.0f} MB its own, {resident:.0f} MB resident, {descriptors} descriptors,"
            f" {sum(part.statuses.values())} requests",
            flush=True,
        )
    builder.stop.set()
    builder.join(300)
    show(f"soak, {options.clients} clients, {options.minutes:g} minutes", tally, options.minutes * 60)
    by_status = {name: (int(name.split()[1]), count) for name, count in tally.statuses.items()}
    failed = sum(count for status, count in by_status.values() if status >= 500 and status != BUSY)
    busy = sum(count for status, count in by_status.values() if status == BUSY)
    settled = samples[len(samples) // 3 :]
    slope = float(np.polyfit(range(len(settled)), [own for own, _, _ in settled], 1)[0]) if len(settled) > 2 else 0.0
    # While a version comes and another goes, both have their files open: the least of a few minutes says what stays.
    few = max(1, len(settled) // 4)
    grown = min(one for _, _, one in settled[-few:]) - min(one for _, _, one in settled[:few])
    report = {
        "requests": sum(tally.statuses.values()),
        "failed": failed,
        "busy": busy,
        "builds": builder.builds,
        "rollbacks": len(builder.rollbacks),
        "median_rollback_seconds": round(float(np.median(builder.rollbacks or [0.0])), 3),
        "slowest_rollback_seconds": round(max(builder.rollbacks, default=0.0), 3),
        "failed_builds": builder.failed,
        "mb_per_minute": round(slope, 3),
        "descriptors": [min(one for _, _, one in settled), max(one for _, _, one in settled)],
        "descriptors_grown": grown,
    }
    print(json.dumps(report))
    return 1 if failed or builder.failed or slope > 1.0 or grown > 20 else 0


def kills(rounds: int, seed: int) -> int:
    """SIGKILL at random moments of writes and swaps, of whole builds, and of a server that takes changes."""
    if not rounds:
        return 0
    print(f"\n3 x {rounds} kills from seed {seed}", flush=True)
    tests = (f"tests/{room}/test_kills.py" for room in ("shop", "storefront", "serve"))
    chosen = {"AISLE_KILL_ROUNDS": str(rounds), "AISLE_KILL_SEED": str(seed)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], env={**os.environ, **chosen}, check=False)
    return 1 if done.returncode else 0


class Builder(threading.Thread):
    """Builds a version every half a minute, as a process of its own, and rolls back every third time."""

    def __init__(self, path: Path, address: str) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.address = address
        self.stop = threading.Event()
        self.builds = 0
        self.rollbacks: list[float] = []
        """Seconds from asking for the version before until the server answers with it."""
        self.failed: list[str] = []

    def run(self) -> None:
        number = 0
        while not self.stop.wait(30):
            number += 1
            if number % 3:
                words = ["shop", "build", str(self.path), "--json"]
                done = subprocess.run(
                    [sys.executable, "-m", "aisle.cli.main", *words], capture_output=True, text=True, check=False
                )
                self.builds += 1
                if done.returncode:
                    self.failed.append(done.stderr[-500:])
                continue
            try:
                self.roll_back()
            except (AisleError, httpx.TransportError) as error:
                self.failed.append(repr(error))

    def roll_back(self) -> None:
        with Shop.open(self.path) as shop, httpx.Client(base_url=self.address, timeout=60, verify=TLS) as http:
            started = time.perf_counter()
            wanted = shop.rollback().number
            while self.live(http) != wanted:
                time.sleep(0.01)
            self.rollbacks.append(time.perf_counter() - started)

    @staticmethod
    def live(http: httpx.Client) -> int:
        answer = http.get("/api/search", params={"q": "milk", "k": 1, "mode": "lexical"})
        return int(answer.json().get("version", 0)) if answer.status_code == 200 else 0


def show(title: str, tally: Tally, seconds: float) -> None:
    """One line a kind of request."""
    print(f"\n{title}")
    for kind, times in sorted(tally.seconds.items()):
        p50, p99 = np.percentile(np.array(times) * 1000, (50, 99))
        print(f"  {kind:8} {len(times) / seconds:8.1f}/s   p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
    print(f"  statuses {dict(sorted(tally.statuses.items()))}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
