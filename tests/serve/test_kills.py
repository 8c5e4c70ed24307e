"""SIGKILL at random moments of a real server: all that it acknowledged is there, and found, when it is back.

AISLE_KILL_ROUNDS=100 runs more rounds than the suite does, AISLE_KILL_SEED=N other moments.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx

from aisle.shop.ledger import Ledger
from aisle.shop.versions import Versions

from .world import TOKEN, make_shop

ROUNDS = int(os.environ.get("AISLE_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("AISLE_KILL_SEED", "20263"))
# Made once: making one takes as long as a hundred requests, and nothing here is encrypted.
TLS = ssl.create_default_context()
ADMIN = {"authorization": f"Bearer {TOKEN}"}


class Acknowledged:
    """What the server said is done. Each product belongs to one thread, so that the last word on it is known."""

    def __init__(self) -> None:
        self.there: dict[str, float] = {}
        self.gone: set[str] = set()
        self.unsure: set[str] = set()
        """Asked for last, and never answered: either way is right."""
        self.sessions: set[str] = set()
        self.begun = threading.Event()
        """Whether the server of this round acknowledged anything yet; it starts the clock."""


def test_what_a_killed_server_acknowledged_is_there_and_found_when_it_is_back(tmp_path: Path) -> None:
    print(f"kill moments from seed {SEED}, {ROUNDS} rounds")
    path = make_shop(tmp_path / "shop", "none", products=30)
    moments, told = random.Random(SEED), Acknowledged()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for number in range(ROUNDS + 1):
        with started(path, port) as server:
            try:
                with connected(port) as client:
                    check(client, told)
                if number == ROUNDS:
                    break
                after = moments.uniform(0.0, 0.6)
                writers = [threading.Thread(target=write, args=(port, told, number, each)) for each in range(3)]
                told.begun.clear()
                for writer in writers:
                    writer.start()
                assert told.begun.wait(60)
                time.sleep(after)
            except BaseException as error:
                error.add_note(f"seed {SEED}, round {number}")
                raise
            finally:
                server.send_signal(signal.SIGKILL)
            for writer in writers:
                writer.join()
    assert told.there
    assert told.sessions
    assert Versions(path).verify() == []
    with Ledger.open(path / "ledger.sqlite") as ledger:
        assert ledger.verify() == []
        assert told.sessions <= {event.session_id for event in ledger.events()}


def started(path: Path, port: int) -> subprocess.Popen[bytes]:
    """A server that answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "aisle.cli.main", "serve", str(path), "--port", str(port)],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AISLE_ADMIN_TOKEN": TOKEN},
    )
    with connected(port) as client:
        for _ in range(1200):
            assert server.poll() is None, f"the server ended by itself with {server.returncode}"
            with suppress(httpx.TransportError):
                if client.get("/readyz").status_code == 200:
                    return server
            time.sleep(0.05)
    server.kill()
    raise AssertionError("the server did not come up within a minute")


def connected(port: int) -> httpx.Client:
    """A client of that server."""
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=TLS)


def write(port: int, told: Acknowledged, number: int, writer: int) -> None:
    """Put, change, delete and log until the server is gone."""
    chance = random.Random(number * 10 + writer)
    with suppress(httpx.TransportError), connected(port) as client:
        for step in range(10_000):
            name = f"K{writer}x{chance.randint(0, 15)}"
            kind = chance.choice(("put", "put", "delete", "log"))
            if kind == "log":
                event = {"user_query": "milk", "session_id": f"{number}-{writer}-{step}"}
                answer = client.post("/api/events", json={**event, "timestamp": "2026-01-26T18:30:00Z"})
                assert answer.status_code == 200
                told.sessions.add(event["session_id"])
                told.begun.set()
                continue
            told.unsure.add(name)
            if kind == "put":
                price = float(step)
                body = {"product_id": name, "title": f"Quibble {name}", "price": price}
                assert client.put("/api/products", json=body, headers=ADMIN).status_code == 200
                told.there[name] = price
                told.gone.discard(name)
            else:
                assert client.delete(f"/api/products/{name}", headers=ADMIN).status_code in (200, 404)
                told.there.pop(name, None)
                told.gone.add(name)
            told.unsure.discard(name)
            told.begun.set()


def check(client: httpx.Client, told: Acknowledged) -> None:
    """Compare what is found with what was acknowledged; from now on what was unsure is known."""
    answer = client.get("/api/search", params={"q": "quibble", "mode": "lexical", "k": 100}).json()
    found = {hit["product_id"]: hit["price"] for hit in answer["hits"] if hit["product_id"].startswith("K")}
    for name, price in told.there.items():
        assert name in told.unsure or found.get(name) == price, f"{name} was put at {price}, found {found.get(name)}"
    assert not (told.gone - told.unsure) & found.keys()
    for name in told.unsure:
        told.there.pop(name, None)
        told.gone.discard(name)
        if name in found:
            told.there[name] = found[name]
    told.unsure.clear()
