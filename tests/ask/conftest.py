"""One small shop for all tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ask.shops import make_shop


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that is asked and never changed."""
    return make_shop(tmp_path_factory.mktemp("asked") / "shop")
