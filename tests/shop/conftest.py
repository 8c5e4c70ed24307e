"""Every database that a ledger may lie in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shop.postgres_server import NO_POSTGRES, PostgresServer, installed, start_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for the whole run."""
    if not installed():
        pytest.skip(NO_POSTGRES)
    server = start_postgres()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str | Path]:
    """Gives places where no ledger is yet."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.fresh
    numbers = iter(range(1_000_000))
    return lambda: tmp_path / f"ledger{next(numbers)}.sqlite"


@pytest.fixture
def place(fresh: Callable[[], str | Path]) -> str | Path:
    """One such place."""
    return fresh()
