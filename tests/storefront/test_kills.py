"""SIGKILL at random moments of real builds: the shop is sound, serves a whole version, lost nothing acknowledged.

AISLE_KILL_ROUNDS=100 runs more rounds than the suite does, AISLE_KILL_SEED=N other moments.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from aisle.storefront.shop import Shop
from tests.shop.kill_harness import kill_rounds

ROUNDS = int(os.environ.get("AISLE_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("AISLE_KILL_SEED", "20261"))
WORKER = Path(__file__).with_name("kill_worker.py")


def test_a_killed_build_leaves_the_last_good_version_serving(tmp_path: Path, tiny_encoder: Path) -> None:
    path = tmp_path / "shop"
    acknowledged: set[str] = set()
    versions: list[int] = [0]

    def check(said: list[str]) -> None:
        words = [line.split() for line in said]
        acknowledged.update(line[1] for line in words if line[0] == "put")
        versions.extend(int(line[1]) for line in words if line[0] == "built")
        with Shop.open(path) as shop:
            assert shop.verify() == []
            there = {product.product_id for product in shop.ledger.products()}
            assert acknowledged <= there
            assert len(there) >= 40
            answer = shop.search("milk", k=5)
            assert answer.hits
            assert answer.version == shop.version
            # What was acknowledged last is found, whether a build has taken it in or not.
            for name in sorted(acknowledged)[-3:]:
                assert name in [hit.product_id for hit in shop.search(name, k=3).hits]
            # Never older than what was taken live before the last roll-back.
            assert shop.version is not None
            assert shop.version >= max(versions) - 3

    killed = kill_rounds(
        lambda number: [sys.executable, str(WORKER), str(path), str(tiny_encoder), f"r{number}"],
        check,
        rounds=ROUNDS,
        seed=SEED,
        longest_seconds=0.6,
    )
    assert killed == ROUNDS
    with Shop.open(path) as shop:
        assert shop.status().version is not None


def test_a_create_killed_at_any_moment_can_be_done_again(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.tsv"
    rows = [f"p{number}\tProduct number {number}" for number in range(3000)]
    catalogue.write_text("\n".join(["product_id\ttitle", *rows]) + "\n")
    shops = iter(range(100))
    created: list[Path] = []

    def command(_: int) -> list[str]:
        created.append(tmp_path / f"shop-{next(shops)}")
        words = ["shop", "create", str(created[-1]), "--catalogue", str(catalogue), "--json"]
        return [sys.executable, "-m", "aisle.cli.main", *words]

    def check(_: list[str]) -> None:
        with Shop.create(created[-1]) as shop:
            assert shop.ledger.count_products() in (0, 3000)
            assert shop.verify() == []

    kill_rounds(command, check, rounds=8, seed=20_262, longest_seconds=1.2, wait_for_ready=False)
