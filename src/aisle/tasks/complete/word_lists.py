"""The lists of words that come with the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of `data/NAME.txt`: one a line, lines with # are remarks."""
    text = files("aisle.tasks.complete").joinpath(f"data/{name}.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
