"""What every evaluation returns: numbers that print as a table for a person and as JSON for a program."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[Any]]
"""Texts to vectors: N texts give an (N, D) array of floats, row i for text i. Any encoder or baseline fits."""


class Result(Protocol):
    """The result of one evaluation."""

    def as_dict(self) -> dict[str, Any]:
        """The numbers as JSON: plain dicts, strings, ints, floats, and None where a number is undefined."""
        ...

    def __rich__(self) -> Table:
        """The table that `rich.print` shows."""
        ...


def number_or_none(value: float) -> float | None:
    """For JSON, which has no NaN: an undefined number is None."""
    return None if math.isnan(value) else float(value)


def shown(value: float, *, digits: int = 2) -> str:
    """For tables: an undefined number is a dash."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def embedded(embed: Embed, texts: Sequence[str]) -> NDArray[Any]:
    """The vectors of `texts`, one row each; every distinct text is embedded once.

    Raises ValueError where `embed` returns another shape than (N, D), or numbers that are not finite: a metric
    computed on those would look like one.
    """
    place = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    vectors_ND = np.asarray(embed(list(place)))
    if vectors_ND.ndim != 2 or len(vectors_ND) != len(place):
        raise ValueError(f"embed() returned shape {vectors_ND.shape} for {len(place)} texts; it must be (N, D)")
    if not np.isfinite(vectors_ND).all():
        raise ValueError("embed() returned numbers that are not finite")
    return vectors_ND[[place[text] for text in texts]]
