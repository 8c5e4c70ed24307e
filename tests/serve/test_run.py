"""A server as a process of its own: it starts, serves with several workers, and stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import httpx
import psutil
import pytest

from aisle.errors import UserError
from aisle.serve.run import listen
from aisle.serve.settings import ServeSettings
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

from .world import make_shop

SCRIPT = """
import json, sys
from aisle.serve.run import run
from aisle.serve.settings import ServeSettings
if __name__ == "__main__":
    settings = ServeSettings(port=0, **json.loads(sys.argv[2]))
    run(sys.argv[1], settings, started=lambda address: print(address, flush=True))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("run") / "shop", "none", products=20)


@contextmanager
def process(path: Path, script: Path, **settings: object) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    # From a file, because a worker process imports the main module of the one that starts it.
    script.write_text(SCRIPT)
    with subprocess.Popen(
        [sys.executable, str(script), str(path), json.dumps(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AISLE_ADMIN_TOKEN": "never-shown"},
    ) as server:
        try:
            assert server.stdout is not None
            with httpx.Client(base_url=server.stdout.readline().strip(), timeout=30) as client:
                yield server, client
        finally:
            if server.poll() is None:
                server.kill()


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        with suppress(httpx.TransportError):
            if holds():
                return
        time.sleep(0.05)
    pytest.fail("it did not come about within a minute")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_once_it_answers_and_stops_when_told(shop, tmp_path, stop):
    with process(shop, tmp_path / "serve.py") as (server, client):
        assert client.base_url.host == "127.0.0.1"
        assert client.get("/readyz").status_code == 200
        server.send_signal(stop)
        _, errors = server.communicate(timeout=20)
        assert server.returncode == 0
        assert "Traceback" not in errors
        assert "never-shown" not in errors


def test_a_running_request_is_finished_before_it_stops(shop, tmp_path):
    with process(shop, tmp_path / "serve.py") as (server, client):
        answers: list[httpx.Response] = []
        begun = threading.Event()

        def slow_body() -> Iterator[bytes]:
            yield b'[{"user_query": "milk", "session_id": "s", '
            begun.set()
            time.sleep(0.5)
            yield b'"timestamp": "2026-01-26T18:30:00Z"}]'

        def post() -> None:
            headers = {"content-type": "application/json"}
            answers.append(client.post("/api/events", content=slow_body(), headers=headers))

        thread = threading.Thread(target=post)
        thread.start()
        assert begun.wait(10)
        time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        thread.join(20)
        server.wait(20)
        assert answers[0].json()["accepted"] == 1


def test_several_workers_share_the_shop_and_sum_their_counters(shop, tmp_path):
    with process(shop, tmp_path / "serve.py", workers=2) as (server, client):
        wait_until(lambda: "aisle_workers 2" in client.get("/metrics").text)
        for _ in range(40):
            # A connection each, so that both workers get some.
            connection = HTTPConnection(client.base_url.host, client.base_url.port, timeout=30)
            connection.request("GET", "/api/search?q=milk")
            assert connection.getresponse().status == 200
            connection.close()
        assert 'aisle_requests_total{route="/api/search",status="2xx"} 40' in client.get("/metrics").text
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)
        assert "Traceback" not in errors


def asked_of_both(client: httpx.Client, pids: set[int], query: str) -> list[dict]:
    """The answer of every worker: asked by a connection each, until both have answered."""
    answers = {}
    for _ in range(200):
        with httpx.Client(base_url=client.base_url, timeout=30) as fresh:
            before = {pid: psutil.Process(pid).num_ctx_switches().voluntary for pid in pids}
            answer = fresh.get("/api/search", params={"q": query, "mode": "lexical", "k": 3}).json()
            busy = max(pids, key=lambda pid: psutil.Process(pid).num_ctx_switches().voluntary - before[pid])
            answers[busy] = answer
        if len(answers) == len(pids):
            break
    assert len(answers) == len(pids)
    return list(answers.values())


def test_changes_versions_and_rollbacks_reach_every_worker(tmp_path):
    # So many that their files are mapped and not read.
    path = make_shop(tmp_path / "shop", "none", products=1500)
    with process(path, tmp_path / "serve.py", workers=2) as (server, client):
        wait_until(lambda: "aisle_workers 2" in client.get("/metrics").text)
        pids = {
            child.pid
            for child in psutil.Process(server.pid).children(recursive=True)
            if "inverted" in mapped(child.pid)
        }
        assert len(pids) == 2, "both map the files of the index, and so share its memory"
        product = {"product_id": "new-1", "title": "Zirconium kettle"}
        changed = client.put("/api/products", json=product, headers={"authorization": "Bearer never-shown"})
        assert changed.status_code == 200
        wait_until(lambda: all(found(answer) == ["new-1"] for answer in asked_of_both(client, pids, "zirconium")))
        with Shop.open(path) as shop:
            shop.build(BuildSettings(encoder="none"))
            wait_until(lambda: {answer["version"] for answer in asked_of_both(client, pids, "milk")} == {2})
            shop.rollback()
            wait_until(lambda: {answer["version"] for answer in asked_of_both(client, pids, "milk")} == {1})
        assert all(found(answer) == ["new-1"] for answer in asked_of_both(client, pids, "zirconium"))


def found(answer: dict) -> list[str]:
    return [hit["product_id"] for hit in answer["hits"]]


def mapped(pid: int) -> str:
    """The files of a shop's versions that a process has mapped into its memory."""
    return " ".join(file.path for file in psutil.Process(pid).memory_maps() if "/versions/" in file.path)


def test_workers_stop_when_the_process_that_started_them_is_killed(shop, tmp_path):
    with process(shop, tmp_path / "serve.py", workers=2) as (server, client):
        wait_until(lambda: "aisle_workers 2" in client.get("/metrics").text)
        family = psutil.Process(server.pid).children(recursive=True)
        server.kill()
        _, alive = psutil.wait_procs(family, timeout=60)
        assert alive == []


def test_a_port_in_use_is_said_in_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UserError, match=r"cannot listen on 127\.0\.0\.1 port \d+: .*; choose another"):
            listen(ServeSettings(port=other.getsockname()[1]))


def test_the_listener_names_its_protocol_so_that_answers_are_not_held_back():
    listener = listen(ServeSettings(port=0))
    assert listener.proto == socket.IPPROTO_TCP
    listener.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1},
        {"port": 70000},
        {"workers": 0},
        {"max_body_bytes": 0},
        {"refresh_seconds": 0},
        {"embedding_queue_tokens": 10},
        {"image_origins": ("images.example",)},
        {"image_origins": ("https://a.example; script-src *",)},
        {"image_origins": ("https://a.example/path",)},
    ],
)
def test_wrong_settings_say_what_is_allowed(wrong):
    with pytest.raises(UserError, match=str(next(iter(wrong.values())))[:3].strip("(',")):
        ServeSettings(**wrong)


def test_serving_never_imports_torch():
    code = "import aisle.serve.run, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
