"""How sure a completion must be to be shown: set on held-out text for each share of places where one is wanted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.text.tokenizer_files import read_json

COVERAGES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0)
_FILE = "completer.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """The confidence for each coverage, and which coverage is meant where none is asked for."""

    coverage: float
    """The coverage that the model was trained with."""
    of: tuple[tuple[float, float], ...]
    """(coverage, confidence), by coverage."""

    @classmethod
    def set_on(cls, confidences: Sequence[float], coverage: float) -> Thresholds:
        """From the best confidence at each held-out place (0 where there was nothing to show).

        A share of the places has the confidence or more; where fewer places have any, everything is shown.
        """
        sorted_ones = np.sort(np.asarray(confidences, np.float64))[::-1]
        of = []
        for share in COVERAGES:
            place = min(max(round(share * len(sorted_ones)) - 1, 0), len(sorted_ones) - 1)
            of.append((share, float(sorted_ones[place]) if len(sorted_ones) else 0.0))
        return cls(coverage=coverage, of=tuple(of))

    def at(self, coverage: float = 0.0) -> float:
        """The confidence for a coverage, in between in a line; 0 is the one that the model was trained with."""
        shares, confidences = zip(*self.of, strict=True)
        return float(np.interp(coverage or self.coverage, shares, confidences))

    def save(self, directory: Path) -> None:
        """Write `completer.json`."""
        values = {"coverage": self.coverage, "thresholds": [list(one) for one in self.of]}
        write_atomic(directory / _FILE, json.dumps(values, indent=2) + "\n")

    @classmethod
    def load(cls, directory: Path) -> Thresholds:
        """Read it again.

        Raises
            UserError: it is missing or damaged.
        """
        path = directory / _FILE
        values = read_json(path)
        try:
            of = tuple((float(share), float(confidence)) for share, confidence in values["thresholds"])
            return cls(coverage=float(values["coverage"]), of=of)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{path} is missing or damaged ({error!r}); train the completer with: aisle train completer"
            ) from error
