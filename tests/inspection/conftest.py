"""One tiny encoder, opened once for all tests of the walk."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.inspection.inspector import Inspector


@pytest.fixture(scope="session")
def inspector(tiny_encoder: Path) -> Inspector:
    """32 wide, 2 layers of 4 heads, 64 positions, of which its sentence vectors read 32."""
    return Inspector.load(tiny_encoder)
