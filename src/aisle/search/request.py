"""What is asked of a search index, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from aisle.errors import UserError

Mode: TypeAlias = Literal["hybrid", "lexical", "semantic"]
MODES: tuple[Mode, ...] = get_args(Mode)

DEPTH = 1000
"""Products that the words of a query may bring in. Fixed, so that the order never depends on the page asked for."""
MEANING_DEPTH = 100
"""Products that its meaning may bring in beside them: more made no difference to the first 20."""
MEANING_ALONE_DEPTH = 200
"""Products that a search by meaning alone may bring in: further ones are too far from it to be of use."""
MOST_QUERY_CHARACTERS = 1000
"""What is read of a query; the rest is left out, and a note says so."""
MOST_QUERY_WORDS = 64
"""Words of a query that are looked up; the rest is left out, and a note says so."""
MOST_HITS = 1000
"""Largest page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchRequest:
    """One search."""

    query: str
    """What the shopper typed. Empty lists every product that passes the filter, in the catalogue's order."""

    mode: Mode = "hybrid"
    """By words (lexical), by meaning (semantic), or both."""

    k: int = 10
    """Hits wanted."""

    offset: int = 0
    """Hits to pass over before them."""

    filter: str = ""
    """Exact conditions, such as `in_stock and price < 5 and brand = "Fernwood"`; see filter_syntax.py."""

    store: str = ""
    """Only what this store carries; empty for any store."""

    explain: bool = False
    """Say of every hit why it is there."""

    def __post_init__(self) -> None:
        if not isinstance(self.query, str):
            raise UserError(f"the query is of type {type(self.query).__name__}; it must be text")
        if self.mode not in MODES:
            raise UserError(f"mode is {self.mode!r}; it must be one of {', '.join(MODES)}")
        if not 1 <= self.k <= MOST_HITS:
            raise UserError(f"k is {self.k}; it must be between 1 and {MOST_HITS}")
        if self.offset < 0:
            raise UserError(f"offset is {self.offset}; it must be 0 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One product found."""

    product_id: str
    title: str
    score: float
    """Between 0 and 1 within a tier of exactness, the number of the tier added: a product number that matches to the
    letter scores above 3. It depends on the query and the product, never on `k`, `offset` or the other hits."""
    product: dict[str, Any]
    """All fields of the product, lists for its tuples."""
    explanation: dict[str, Any] | None = None
    """Why it is there; only where it was asked for."""

    @property
    def brand(self) -> str:
        """Brand of the product; empty where it has none."""
        return str(self.product["brand"])

    @property
    def price(self) -> float | None:
        """Price of the product; None where it is unknown."""
        price: float | None = self.product["price"]
        return price


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """One page of results."""

    hits: tuple[Hit, ...]
    total: int
    """Products over all pages. A query brings in at most `DEPTH` by its words; a note says where that cut."""
    facets: dict[str, dict[str, int]]
    """For category, brand, store and stock: how many of the `total` carry each value, most first."""
    notes: tuple[str, ...] = field(default=())
    """What the person asking should know, such as a query that was too long to be read whole."""
