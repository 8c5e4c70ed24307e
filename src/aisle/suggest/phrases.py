"""Phrases that a catalogue suggests by itself, for a shop that nobody has searched yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from aisle.shop.product import Product
from aisle.suggest.matching import fold
from aisle.suggest.settings import MiningSettings
from aisle.suggest.vocabulary import StoreSets
from aisle.text.words import normalize

# A title ends where its description begins: "Garlic Oil - Vegetarian Capsule", "Whole Milk, 1 gal", "Beans (canned)".
_TITLE_END = re.compile(r"[,;:|(\[/]| - |\d")
_LONGEST_TAIL = 4
# Several words that so large a share of their titles continue to the left by one and the same word are a piece of a
# longer phrase: "chip ice cream" of "mint chip ice cream". One word alone names a kind.
_PIECE = 0.75
# Words that no phrase begins or ends with.
_LOOSE = frozenset(
    ("&", "a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "it", "n", "no", "non", "not", "of", "on",
     "or", "per", "plus", "s", "the", "to", "w", "with", "without", "your")
)  # fmt: skip
# Words that belong to the next one ("peaches & cream", "low sodium") and to the one before ("sugar free").
_HOLDS_NEXT = frozenset(("&", "and", "extra", "less", "low", "n", "no", "non", "not", "of", "or", "reduced"))
_HOLDS_LAST = frozenset(("added", "based", "free", "style"))
_AROUND_WORDS = "!\"#$'()*+-.<=>?@\\]^_`{}~"


@dataclass(slots=True)
class Phrase:
    """A phrase and its products."""

    text: str
    products: int = 0
    stores: int = 0
    """A set of stores, as `StoreSets` writes it."""
    titles: int = 0
    """Of its products, those whose titles end with it."""
    alone: bool = False
    """A category or a brand: one product is enough."""


def catalogue_phrases(
    products: Iterable[Product], store_sets: StoreSets, settings: MiningSettings
) -> dict[str, Phrase]:
    """Key to phrase: category leaves, brands, brand + leaf, attribute + leaf, and the ends of titles.

    The end of an English title names the kind of thing ("Robust Golden Oolong Tea": oolong tea, tea), which is all
    that a catalogue without categories and brands has to offer. A phrase is kept if enough products share it.
    """
    phrases: dict[str, Phrase] = {}
    key_of = lru_cache(maxsize=50_000)(fold)
    for product in products:
        stores = store_sets.of(product)
        seen = set()
        for text, origin in _phrases_of(product):
            key = key_of(text)
            if not key:
                continue
            phrase = phrases.get(key)
            if phrase is None:
                phrase = phrases[key] = Phrase(text)
            phrase.products += key not in seen
            phrase.stores |= stores
            phrase.titles += origin == "title"
            phrase.alone |= origin == "name"
            seen.add(key)
    pieces = _pieces(phrases)
    return {
        key: phrase
        for key, phrase in phrases.items()
        if phrase.alone or (phrase.products >= settings.min_products and key not in pieces)
    }


def _pieces(phrases: dict[str, Phrase]) -> set[str]:
    found = set()
    for key, longer in phrases.items():
        piece = key.partition(" ")[2]
        if " " in piece and piece in phrases and longer.titles >= _PIECE * phrases[piece].products:
            found.add(piece)
    return found


def _phrases_of(product: Product) -> Iterator[tuple[str, Literal["name", "joined", "title"]]]:
    kind, brand = normalize(product.category[-1]) if product.category else "", normalize(product.brand)
    if kind:
        yield kind, "name"
    if brand:
        yield brand, "name"
    if kind:
        kind_words = set(fold(kind).split())
        for before in (brand, *map(_plain_attribute, product.attributes)):
            # "organic organic milk" helps nobody.
            if before and kind_words.isdisjoint(fold(before).split()):
                yield f"{before} {kind}", "joined"
    for tail in _title_tails(product.title):
        yield tail, "title"


def _plain_attribute(attribute: str) -> str:
    """The attribute as an adjective: "diet: vegan" is vegan; sizes and counts are none."""
    value = normalize(attribute.rpartition(":")[2])
    return "" if any(map(str.isdigit, value)) else value


def _title_tails(title: str) -> Iterator[str]:
    words = _TITLE_END.split(normalize(title), maxsplit=1)[0].split()
    words = [bare for word in words if (bare := word.strip(_AROUND_WORDS))]
    while words and words[-1] in _LOOSE:
        words.pop()
    for length in range(1, min(_LONGEST_TAIL, len(words)) + 1):
        first, before = words[-length], words[-length - 1] if length < len(words) else ""
        torn = before in _HOLDS_NEXT or (before and first in _HOLDS_LAST)
        if first not in _LOOSE and not torn:
            yield " ".join(words[-length:])
