"""docs/walk.md is true."""

from __future__ import annotations

import re
from pathlib import Path

from aisle.inspection.habits import HeadHabits
from aisle.inspection.inspector import Inspector
from aisle.model.recorder import INTERMEDIATES

PAGE = (Path(__file__).parents[2] / "docs" / "walk.md").read_text("utf-8")


def test_it_lists_every_intermediate_and_no_other() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([A-Z or]+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(entry.name, entry.shape, entry.meaning) for entry in INTERMEDIATES]


def test_its_python_runs() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    scope: dict[str, object] = {}
    exec(block, scope)
    assert scope["trace"]["layer.3.attention.scores"].shape == (12, 6, 6)  # type: ignore[index]


def test_it_names_every_habit(inspector: Inspector) -> None:
    recorder = HeadHabits(inspector.tokens("oat milk").special)
    inspector.trace("oat milk", steps=(), also=recorder)
    for name in recorder.layers[0][0]:
        assert f"`{name}`" in PAGE
