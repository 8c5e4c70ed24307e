"""Every engine that an index may lie in, as far as it is installed."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aisle.engines.interface import Index
from aisle.engines.opening import open_index

NO_MILVUS = "Milvus Lite is not installed: pip install 'aisle[milvus]'"


@dataclass(frozen=True)
class Engine:
    """Where the indexes of a test lie."""

    uri: str
    fresh: Callable[[str], Path]

    def index(self, name: str = "index") -> Index:
        """A new index, not built yet."""
        return open_index(self.uri, self.fresh(name))


@dataclass(frozen=True)
class Server:
    """A Milvus Lite server that a test started."""

    uri: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def milvus_installed() -> bool:
    """Whether both the client and Milvus Lite are there."""
    return all(importlib.util.find_spec(name) for name in ("pymilvus", "milvus_lite"))


def start_server(data: Path) -> Server:
    """Milvus Lite on a free port of 127.0.0.1, and nowhere else."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["server", "--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "milvus_lite", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the Milvus Lite server ended by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Server(f"milvus://127.0.0.1:{port}/products", process)
        assert time.monotonic() < until, "the Milvus Lite server does not listen"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the whole run."""
    if not milvus_installed():
        pytest.skip(NO_MILVUS)
    server = start_server(tmp_path_factory.mktemp("milvus") / "data")
    yield server
    server.process.terminate()
    server.process.wait(30)


@pytest.fixture(scope="session", params=["local", "milvus file", "milvus server"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """One engine after the other."""

    def fresh(name: str) -> Path:
        return tmp_path_factory.mktemp(name)

    if request.param == "local":
        return Engine("local", fresh)
    if not milvus_installed():
        pytest.skip(NO_MILVUS)
    if request.param == "milvus file":
        return Engine(f"milvus:{tmp_path_factory.mktemp('milvus') / 'shop.db'}/products", fresh)
    server: Server = request.getfixturevalue("milvus_server")
    return Engine(server.uri, fresh)
