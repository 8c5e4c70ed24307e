"""Rooms import downwards only, and what serves never imports torch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "aisle"
ARCHITECTURE = Path(__file__).parent.parent / "docs" / "architecture.md"


def floors() -> dict[str, int]:
    """The table of rooms in docs/architecture.md: the page is the rule."""
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", ARCHITECTURE.read_text(), re.MULTILINE)
    return {
        name.removesuffix("/").removesuffix(".py"): int(floor)
        for floor, cell in rows
        for name in re.findall(r"`([\w/.]+)`", cell)
    }


def room_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def test_every_room_has_a_floor_in_the_architecture_page() -> None:
    assert {room_of(path) for path in modules()} == set(floors())


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_only_from_lower_floors(path: Path) -> None:
    room, floor = room_of(path), floors()
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "aisle" or len(parts) < 2 or parts[1] == "__version__" or parts[1] == room:
            continue
        assert floor[parts[1]] < floor[room], f"{room} (floor {floor[room]}) imports {name} (floor {floor[parts[1]]})"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_is_one_sitting_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


# The modules that answer requests and run the commands of a serving machine.
SERVING = (
    "aisle.cli.main",
    "aisle.cli.commands.ask",
    "aisle.cli.commands.classify",
    "aisle.cli.commands.complete",
    "aisle.cli.commands.demo",
    "aisle.cli.commands.encode",
    "aisle.cli.commands.search",
    "aisle.cli.commands.serve",
    "aisle.cli.commands.shop",
    "aisle.cli.commands.suggest",
    "aisle.cli.commands.tokenize",
    "aisle.serve.app",
    "aisle.storefront.shop",
)
HEAVY = ("torch", "transformers", "sentence_transformers", "sklearn", "matplotlib", "lightgbm", "duckdb", "gensim")


def test_serving_loads_nothing_heavy_in_a_clean_process() -> None:
    code = f"import sys, importlib\nfor name in {SERVING!r}: importlib.import_module(name)\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
