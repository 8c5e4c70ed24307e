"""What a shop answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aisle.search.request import Hit


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchAnswer:
    """One page of results."""

    hits: tuple[Hit, ...]
    """The page asked for, best first."""
    total: int
    """Results over all pages."""
    facets: dict[str, dict[str, int]]
    """For each facet, how many of all results carry each value."""
    notes: tuple[str, ...]
    """What the person asking should know, such as a query that was cut."""
    mode: str
    """How it was searched: hybrid, lexical or semantic."""
    version: int
    """Version of the shop that answered."""
    milliseconds: float
    """Time taken, the encoding of the query included."""
    encoder_milliseconds: float = 0.0
    """Of that, time that the query's vector took or was waited for."""
    query_vector: Literal["", "kept", "encoded"] = ""
    """Whether the query's vector was there already or went through the encoder; empty where there is none."""
    query_tokens_cut: int = 0
    """Tokens of the query that the encoder did not read because it is too long; `notes` say so."""
    without_encoder: str = ""
    """Why a hybrid search went by words alone: `slow` or `failed`; empty where it did not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopStatus:
    """What a shop holds."""

    shop: str
    """Its directory."""
    products: int
    """Products in the ledger."""
    events: int
    """Events in the ledger."""
    version: int | None
    """Live version; None before the first build."""
    versions: tuple[int, ...]
    """Versions that can be searched or rolled back to."""
    encoder: str
    """Encoder of the live version."""
    index: str
    """Where the live version's vectors are searched: `local`, or the URI of an engine."""
    suggestions: int
    """Suggestions of the live version."""
    changes_since_build: int
    """Product changes that the live version does not hold yet."""
    simulated: bool
    """Whether its products and events are simulated."""
    bytes: int
    """Size of the shop on disk."""
