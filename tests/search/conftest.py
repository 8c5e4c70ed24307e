"""An index built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from tests.search.catalogue import PRODUCTS, vectors


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the index of the small catalogue lies."""
    path = tmp_path_factory.mktemp("version")
    build_search(path, PRODUCTS, vectors(PRODUCTS))
    return path


@pytest.fixture(scope="session")
def index(directory: Path) -> SearchIndex:
    """The index of the small catalogue."""
    return SearchIndex.open(directory)
