"""The shared server, and servers of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from aisle.serve.settings import ServeSettings

from .world import TOKEN, make_shop, serving


@pytest.fixture(scope="session")
def shop_directory(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    """A built shop that tests only read."""
    return make_shop(tmp_path_factory.mktemp("serve") / "market", tiny_encoder)


@pytest.fixture(scope="session")
def client(shop_directory: Path) -> Iterator[httpx.Client]:
    """A client of the shared server, whose admin routes are closed."""
    with serving(shop_directory) as found:
        yield found


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Starts a server over a small shop of the test's own, with an admin token."""
    monkeypatch.setenv("AISLE_ADMIN_TOKEN", TOKEN)
    path = make_shop(tmp_path / "own", "none", products=30)

    def start(settings: ServeSettings | None = None) -> AbstractContextManager[httpx.Client]:
        return serving(path, settings)

    return start
