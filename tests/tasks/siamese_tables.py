"""Small tables of pairs in the words of the tiny encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.conftest import WORDS

LABELS = ("contradiction", "entailment", "neutral")


def phrase(random: np.random.Generator) -> str:
    return " ".join(random.choice(WORDS, random.integers(1, 7)))


def table(path: Path, *columns: str, rows: int = 24, seed: int = 0) -> Path:
    """A TSV file with these columns, filled by what their names ask for."""
    random = np.random.default_rng(seed)
    lines = ["\t".join(columns)]
    for row in range(rows):
        values = {"label": LABELS[row % 3], "entailment": LABELS[row % 3].upper(), "score": f"{row % 6}.0"}
        lines.append("\t".join(values.get(column) or phrase(random) for column in columns))
    path.write_text("\n".join(lines) + "\n")
    return path
