"""A catalogue and pairs in the words of the tiny encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aisle.tasks.two_tower.data import Wares
from aisle.text.templates import Template, templated
from tests.conftest import WORDS

BRANDS = ("fern", "oak", "")
LEAVES = ("milk", "bread")


def catalogue(path: Path, *, rows: int = 24, fields: bool = True, seed: int = 0) -> Path:
    """Products `p0`, `p1`, …; with brand and category unless `fields` is false."""
    random = np.random.default_rng(seed)
    lines = ["\t".join(("product_id", "title", "brand", "category")[: 4 if fields else 2])]
    for row in range(rows):
        values = [f"p{row}", f"{' '.join(random.choice(WORDS, 4))} {row}", BRANDS[row % 3], f"food > {LEAVES[row % 2]}"]
        lines.append("\t".join(values[: 4 if fields else 2]))
    path.write_text("\n".join(lines) + "\n")
    return path


def wares(rows: int = 12, *, template: Template = "plain", seed: int = 0) -> Wares:
    """The same products, read."""
    random = np.random.default_rng(seed)
    titles = [f"{' '.join(random.choice(WORDS, 4))} {row}" for row in range(rows)]
    brands = [BRANDS[row % 3] for row in range(rows)]
    leaves = [LEAVES[row % 2] for row in range(rows)]
    return Wares(
        product_ids=tuple(f"p{row}" for row in range(rows)),
        titles=tuple(titles),
        texts=tuple(
            templated(template, title=title, brand=brand, category=(leaf,))
            for title, brand, leaf in zip(titles, brands, leaves, strict=True)
        ),
        brands=tuple(brands),
        categories=tuple(leaves),
    )


def written(path: Path, *lines: str) -> Path:
    """A TSV file; `|` stands for a tab."""
    path.write_text("\n".join("\t".join(line.split("|")) for line in lines) + "\n")
    return path


def pair_table(path: Path, *, rows: int = 40, column: str = "relevance", products: int = 24, seed: int = 0) -> Path:
    """Pairs of two-word queries and products."""
    random = np.random.default_rng(seed)
    grades = ("1", "2.33", "2.67", "3") if column == "relevance" else ("0.2", "0.4", "0.9", "1")
    lines = [f"query|product_id|{column}"]
    lines += [
        f"{' '.join(random.choice(WORDS, 2))} {row % 9}|p{random.integers(products)}|{grades[row % 4]}"
        for row in range(rows)
    ]
    return written(path, *lines)
