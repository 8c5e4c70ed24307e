"""A text that may be suggested, and how several mentions of one become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aisle.suggest.matching import fold

SOURCES = ("events", "catalogue", "generated")
"""From what people say to what nobody has said yet; their places are stored in indexes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One suggestion before anything has been typed."""

    text: str
    """As it is shown."""

    popularity: float
    """Distinct sessions over all stores together that searched for it, or what it is deemed to be worth in them."""

    stores: tuple[str, ...] = ()
    """The stores that can serve it; empty means every store."""

    source: Literal["events", "catalogue", "generated"]
    """Whether people searched for it, the catalogue alone suggests it, or a language model made it up."""

    store_popularity: tuple[tuple[str, float], ...] = ()
    """Popularity within single stores, where it is known: (store, sessions)."""

    category: str = ""
    """The kind of product it leads to, shown beside it ("in Dairy"); empty where it leads to many kinds."""

    image: str = ""
    """Picture of its most wanted product."""

    cart_rate: float = 0.0
    """Chance that a search for it ends in the cart, p(cart | term); 0 where nothing is known, or no log is."""

    store_cart_rates: tuple[tuple[str, float], ...] = ()
    """The same within single stores, where it is known."""


def merged(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    """Key to candidate, in the order of the keys; texts without a key are left out, for nothing finds them.

    The catalogue knows how a name is spelt ("coca-cola", "ben & jerry's"), else the most searched spelling is shown.
    The popularity is the highest of the mentions: what a phrase is worth by the catalogue adds nothing to what it is
    searched for. A store that serves one mention serves them all.
    """
    mentions = defaultdict(list)
    for candidate in candidates:
        if key := fold(candidate.text):
            mentions[key].append(candidate)
    return {key: _as_one(mentions[key]) for key in sorted(mentions)}


def _as_one(mentions: list[Candidate]) -> Candidate:
    if len(mentions) == 1:
        return mentions[0]
    spelt = min(mentions, key=lambda one: (one.source != "catalogue", -one.popularity, one.text))
    # What has been searched for knows best what it leads to.
    known = max(mentions, key=lambda one: (one.cart_rate > 0, one.category != "", one.image != "", one.popularity))
    by_store: dict[str, float] = {}
    for mention in mentions:
        for store, popularity in mention.store_popularity:
            by_store[store] = max(popularity, by_store.get(store, 0.0))
    everywhere = any(not mention.stores for mention in mentions)
    return Candidate(
        text=spelt.text,
        popularity=max(mention.popularity for mention in mentions),
        stores=() if everywhere else tuple(sorted({store for mention in mentions for store in mention.stores})),
        source=min((mention.source for mention in mentions), key=SOURCES.index),
        store_popularity=tuple(sorted(by_store.items())),
        category=known.category,
        image=known.image,
        cart_rate=known.cart_rate,
        store_cart_rates=known.store_cart_rates,
    )
