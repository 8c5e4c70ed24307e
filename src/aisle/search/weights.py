"""Every number that ranking depends on, in one place.

Measured on the tuning queries of `benchmarks/relevance.py` unless said otherwise; that file prints what each is worth.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldWeights:
    """How much a word counts by the field it stands in. Chosen by hand: the judged catalogue has titles alone."""

    title: float = 1.0
    """The product's name."""
    brand: float = 0.8
    """Brand name."""
    category: float = 0.6
    """All levels of the category path."""
    attributes: float = 0.6
    """Short facts."""
    description: float = 0.3
    """Free text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LexicalWeights:
    """Scoring by words: BM25F, and what is granted to words that match in another form than the typed one."""

    saturation: float = 0.5
    """k1 of BM25: how soon more of the same word stops to count. Low: titles seldom repeat a word to any purpose."""
    length: float = 0.75
    """b of BM25: how much a word counts for less in a longer field."""
    pair: float = 0.1
    """Two query words that stand side by side in a title, as a share of what the pair's rarity would give."""
    joined: float = 1.0
    """"back splash" found as "backsplash"."""
    split: float = 0.9
    """"backsplash" found as "back splash"."""
    amount: float = 0.8
    """"12 in." found as 12, whatever the unit."""
    most_of_a_number: float = 5.0
    """Most that a number or size weighs, however rare. Where few titles name sizes, "12 oz coffee" would else find
    anything of 12 oz before coffee. By hand: on the judged catalogue, whose titles name sizes, it changed nothing."""
    completed: float = 0.5
    """An unknown word found as the beginning of a known one."""
    corrected: tuple[float, float] = (0.9, 0.7)
    """An unknown word found as a known one that is one or two edits away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HybridWeights:
    """How the two scores become one."""

    lexical: float = 0.7
    """Share of the lexical score; the rest is that of meaning."""
    pieces: float = 0.5
    """Of meaning, the share of late interaction where the towers have pieces; the rest is the cosine's."""


FIELDS = ("title", "brand", "category", "attributes", "description")
FIELD_WEIGHTS = FieldWeights()
LEXICAL_WEIGHTS = LexicalWeights()
HYBRID_WEIGHTS = HybridWeights()
HYBRID_WEIGHTS_WITH_PIECES = HybridWeights(lexical=0.4)
"""Pieces find words as well, so less is left to words."""
