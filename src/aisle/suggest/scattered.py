"""Candidates that have all typed words, in any order and with other words between them."""

from __future__ import annotations

import numpy as np

from aisle.suggest.mapped import Mapped
from aisle.suggest.matching import locate
from aisle.suggest.ranges import lowest
from aisle.suggest.sections import Found, Section

LOOKED_AT = 192
"""Candidates whose words are compared: the best of those that have the rarest typed word."""
_WORDS = 8


def scattered(section: Section, mapped: Mapped, typed: str) -> list[Found]:
    """The candidates of a section that have every typed word, best first. The last word need only be begun.

    Of a word that very many candidates have, only the best of them are looked at, so the work is bounded.
    """
    parts = typed.split()
    if not 1 < len(set(parts)) == len(parts) <= _WORDS:
        return []
    wanted = [f"{part} " for part in parts[:-1]] + [parts[-1] + (" " if typed.endswith(" ") else "")]
    spans = [section.span(word.encode()) for word in wanted]
    first, end = min(spans, key=lambda span: span[1] - span[0])
    if first == end:
        return []
    found = []
    encoded = [word.encode() for word in wanted]
    for rank in lowest(np.asarray(section.ranks[first:end]), LOOKED_AT).tolist():
        score, number = section.at(rank)
        # Nearly all fail this, and bytes are compared fastest.
        letters = mapped.key_text[mapped.key_ends[number] : mapped.key_ends[number + 1]]
        if all(word in letters for word in encoded):
            key = mapped.key(number)
            if all(locate(key, word) >= 0 for word in wanted):
                found.append((score, number))
    return found
