"""Small tables of labelled texts in the words of the tiny encoder: the class is told by one word."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.conftest import WORDS

TELLING = {"dairy": "milk", "bakery": "bread", "fruit": "apple"}
OTHERS = [word for word in WORDS if word not in TELLING.values()]


def labelled(path: Path, *, rows: int = 60, seed: int = 0, several: bool = False) -> Path:
    """A TSV file with `label` (or `labels`) and `text`."""
    random = np.random.default_rng(seed)
    lines = ["labels\ttext" if several else "label\ttext"]
    for row in range(rows):
        labels = list(TELLING)[row % 3 : row % 3 + 1 + (several and row % 2)]
        words = [*random.choice(OTHERS, 3), *(TELLING[label] for label in labels)]
        lines.append(f"{','.join(labels)}\t{' '.join(random.permutation(words))}")
    path.write_text("\n".join(lines) + "\n")
    return path
