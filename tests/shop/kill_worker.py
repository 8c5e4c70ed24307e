"""A shop at work until it is killed: loads, deletes, logs, publishes, rolls back, prunes, and says what is done."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from aisle.shop.event import Event
from aisle.shop.ledger import Ledger
from aisle.shop.pointer import read_pointer
from aisle.shop.product import Product
from aisle.shop.versions import Versions

BATCH = 12
EVENTS = 6


def say(*words: object) -> None:
    """Tell the parent; it has the line even if this process dies with the next instruction."""
    print(*words, flush=True)


def work(shop: Path, name: str) -> None:
    """Write for ever."""
    versions = Versions(shop)
    with Ledger.open(shop / "ledger.sqlite") as ledger:
        say("ready")
        for step in count():
            load = f"{name}-{step}"
            ledger.upsert_products(
                Product(product_id=f"{load}-{n}", title=f"title {n} of {load}") for n in range(BATCH)
            )
            say("loaded", load)
            ledger.add_events(
                Event(action="search", timestamp="2025-03-01T17:04:05Z", session_id=load, query=f"query {n}")
                for n in range(EVENTS)
            )
            say("logged", load)
            if step % 3 == 1:
                say("deleting", f"{name}-{step - 1}-0")
                ledger.delete_product(f"{name}-{step - 1}-0")
                say("deleted", f"{name}-{step - 1}-0")
            with versions.begin() as staging:
                (staging.directory / "lexical").mkdir()
                for part in range(3):
                    (staging.directory / "lexical" / f"part-{part}").write_bytes(os.urandom(20_000))
                (staging.directory / "load").write_text(load)
                say("publishing", staging.number)
                staging.publish({"load": load})
                say("published", staging.number)
            history = read_pointer(shop)
            if step % 4 == 2 and len(history) > 1:
                say("publishing", history[1])
                versions.rollback()
                say("published", history[1])
            if step % 4 == 3:
                versions.prune(3)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
