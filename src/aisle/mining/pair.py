"""One training pair and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FIELDS = (
    "query", "product_id", "weight", "quality", "source", "shown", "examined", "clicked", "converted", "rate", "lift",
    "category_share",
)  # fmt: skip
"""The columns of a file of pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A query and a product that answers it."""

    query: str
    """As `aisle.text.words.normalize` writes it."""
    product_id: str
    weight: float
    """From 0 to 1: `rate` as a share of the best rate of the query's pairs; how good a positive it is."""
    quality: Literal["high", "noisy"]
    """`high`: converted because it was looked for. `noisy`: perhaps only also needed; for warming up."""
    source: Literal["events", "catalogue"]
    """Whether shoppers say so, or the pair was made from the product's own fields."""
    shown: int = 0
    """Sessions that saw the product among the query's results."""
    examined: float = 0.0
    """Of them, how many looked at it, by the places it was shown at; the sessions of the query where nothing is logged
    of what was shown."""
    clicked: int = 0
    """Sessions that clicked it after the query."""
    converted: int = 0
    """Sessions that converted on it after the query."""
    rate: float = 0.0
    """Conversions an examination, smoothed: what the product's place in the list did is taken out."""
    lift: float = 0.0
    """How many times more often it converts after this query than overall."""
    category_share: float = 0.0
    """Share of the query's conversions that its category has."""
