"""SIGKILL at any moment: nothing acknowledged is lost, nothing is half there, the last good version is served.

AISLE_KILL_ROUNDS=100 runs more rounds than the suite does, AISLE_KILL_SEED=N other moments.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections import Counter
from pathlib import Path

from aisle.shop.ledger import Ledger
from aisle.shop.versions import Versions
from tests.shop.kill_harness import kill_rounds
from tests.shop.kill_worker import BATCH, EVENTS

WORKER = Path(__file__).with_name("kill_worker.py")
SEED = int(os.environ.get("AISLE_KILL_SEED", "20251"))
ROUNDS = int(os.environ.get("AISLE_KILL_ROUNDS", "25"))


class Expectations:
    """What must be true of the shop after each kill, from what its processes said."""

    def __init__(self, shop: Path) -> None:
        self.shop = shop
        self.loaded: set[str] = set()
        self.logged: set[str] = set()
        self.deleted: set[str] = set()
        self.live: int | None = None

    def check(self, said: list[str]) -> None:
        """Compare the shop with all that was ever acknowledged."""
        words = [line.split() for line in said]
        self.loaded |= {load for verb, load in words if verb == "loaded"}
        self.logged |= {load for verb, load in words if verb == "logged"}
        self.deleted |= {product for verb, product in words if verb == "deleted"}
        begun = {product for verb, product in words if verb == "deleting"} - self.deleted
        published = [int(number) for verb, number in words if verb == "published"]
        under_way = int(words[-1][1]) if words and words[-1][0] == "publishing" else None
        self.check_ledger(begun)
        self.check_versions(published[-1] if published else self.live, under_way)

    def check_ledger(self, begun: set[str]) -> None:
        """Every load is there in full or not at all, and the acknowledged ones are there."""
        with Ledger.open(self.shop / "ledger.sqlite") as ledger:
            assert ledger.verify() == []
            there = {product.product_id for product in ledger.products()}
            sessions = Counter(event.session_id for event in ledger.events())
            assert ledger.revision() >= len(there)
        loads = Counter(product_id.rsplit("-", 1)[0] for product_id in there)
        gone = Counter(product_id.rsplit("-", 1)[0] for product_id in self.deleted)
        for load, found in loads.items():
            allowed = {BATCH - gone[load]} | ({BATCH - gone[load] - 1} if f"{load}-0" in begun else set())
            assert found in allowed, f"{found} products of load {load}"
        assert self.loaded <= set(loads)
        assert not self.deleted & there
        self.deleted |= begun - there
        assert self.logged <= set(sessions)
        assert set(sessions.values()) <= {EVENTS}

    def check_versions(self, acknowledged: int | None, under_way: int | None) -> None:
        """The live version is the last one acknowledged, or the one on its way, whole."""
        versions = Versions(self.shop)
        assert versions.verify() == []
        live = versions.live()
        number = None if live is None else live.number
        assert number in {acknowledged, under_way} - ({None} if acknowledged is not None else set())
        if live is not None:
            assert (live.directory / "load").read_text() == live.manifest.facts["load"]
        self.live = number


def test_kills_while_loading_logging_publishing_rolling_back_and_pruning(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "ledger.sqlite").close()
    expectations = Expectations(tmp_path)
    killed = kill_rounds(
        lambda number: [sys.executable, str(WORKER), str(tmp_path), f"round{number}"],
        expectations.check,
        rounds=ROUNDS,
        seed=SEED,
        longest_seconds=0.25,
    )
    assert killed == ROUNDS
    assert expectations.loaded
    assert expectations.live is not None
    versions = Versions(tmp_path)
    with versions.begin() as staging:  # a killed build holds no lock, and its rubbish is cleared
        assert versions.leftovers() == []
        (staging.directory / "load").write_text("last")
        number = staging.publish({"load": "last"})
    live = versions.live()
    assert live is not None
    assert live.number == number


CREATE = """
import sys, time
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
if "ready at once" in sys.argv:
    print("ready", flush=True)
with Ledger.create(sys.argv[1]) as ledger:
    ledger.upsert_products(Product(product_id=f"{n}", title="x" * 200) for n in range(4_000))
    if "ready at once" in sys.argv:
        print("loaded", flush=True)
    else:
        print("ready", flush=True)
        time.sleep(600)
"""


def test_kills_while_a_ledger_is_made_and_filled(tmp_path: Path) -> None:
    paths: list[Path] = []

    def command(number: int) -> list[str]:
        paths.append(tmp_path / f"{number}.sqlite")
        return [sys.executable, "-c", CREATE, str(paths[-1]), "ready at once"]

    def check(said: list[str]) -> None:
        path = paths[-1]
        if not path.exists():
            assert said == []
            return
        with Ledger.open(path) as ledger:
            assert ledger.verify() == []
            assert ledger.count_products() in ({4_000} if "loaded" in said else {0, 4_000})

    kill_rounds(command, check, rounds=10, seed=SEED, longest_seconds=0.15)


def test_a_kill_with_the_log_unfolded_loses_nothing(tmp_path: Path) -> None:
    """The write-ahead log alone holds the last commits after a kill, and the next reader finds them."""
    path = tmp_path / "ledger.sqlite"

    def check(said: list[str]) -> None:
        assert Path(f"{path}-wal").stat().st_size > 0
        with Ledger.open(path, read_only=True) as ledger:
            assert ledger.count_products() == 4_000
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

    command = [sys.executable, "-c", CREATE, str(path)]
    kill_rounds(lambda _: command, check, rounds=1, seed=SEED, longest_seconds=0.01)
