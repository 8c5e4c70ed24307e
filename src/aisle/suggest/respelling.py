"""Other ways to write what has been typed: the same letters with other spaces, or without a slip of the fingers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from aisle.suggest.words import Words

MOST = 8
"""Other ways that are looked up, the likeliest first."""
_CHOICES = 3
"""What a finished word may have been meant as."""
_LAST_CHOICES = 6
"""What the word being typed may have been meant as."""
_LONGEST = 24
"""Longer words are not taken apart."""
_WORDS = 8
"""Beyond so many words nothing is respelt: no suggestion is that long."""


@dataclass(frozen=True, slots=True)
class Respelling:
    """Another key to look up."""

    typed: str
    """With a space at its end where the last word is complete."""
    cost: float
    """How unlikely it is that this was meant, as -ln P; 0 where only spaces differ."""


def joined(typed: str, words: Words) -> list[Respelling]:
    """The typed key with a space less, where that makes a word of the shop: "apple sauce" as "applesauce".

    The word being typed need only begin a known one.
    """
    parts = typed.split()
    if not 1 < len(parts) <= _WORDS:
        return []
    ended = typed.endswith(" ")
    found = []
    for at, (part, following) in enumerate(itertools.pairwise(parts)):
        if part.isalpha() and following.isalpha():
            word = part + following
            finished = ended or at + 1 < len(parts) - 1
            if words.known(word) if finished else words.begins(word):
                found.append([*parts[:at], word, *parts[at + 2 :]])
    return [Respelling(" ".join(way) + (" " if ended else ""), 0.0) for way in found[:MOST]]


def parted(typed: str, words: Words) -> list[Respelling]:
    """The typed key with a space more, where an unknown word is two known ones: "applesauce" as "apple sauce"."""
    ended, parts = typed.endswith(" "), typed.split()
    if not 0 < len(parts) <= _WORDS:
        return []
    end = " " if ended else ""
    found = []
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if 4 <= len(part) <= _LONGEST and part.isalpha() and not words.known(part):
            finished = ended or not last
            for cut in range(2, len(part) - 1):
                left, right = part[:cut], part[cut:]
                if words.known(left) and (words.known(right) if finished else words.begins(right)):
                    found.append([*parts[:at], left, right, *parts[at + 1 :]])
    return [Respelling(" ".join(way) + end, 0.0) for way in found[:MOST]]


def corrected(typed: str, words: Words) -> list[Respelling]:
    """The typed key with unknown words put right, the likeliest first; numbers and known words stay as they are."""
    ended, parts = typed.endswith(" "), typed.split()
    if not 0 < len(parts) <= _WORDS:
        return []
    choices = []
    for at, part in enumerate(parts):
        last = at == len(parts) - 1 and not ended
        likely = (
            [] if words.known(part) else words.meant(part, whole=not last, most=_LAST_CHOICES if last else _CHOICES)
        )
        # A finished word that nobody knows finds nothing as it is; a beginning may still become something.
        itself = [] if likely and not (last and words.begins(part)) else [(0.0, part)]
        choices.append(itself + likely)
    end = " " if ended else ""
    ways = [
        Respelling(" ".join(word for _, word in way) + end, sum(cost for cost, _ in way))
        for way in itertools.product(*(choice[: _CHOICES if len(parts) > 3 else _LAST_CHOICES] for choice in choices))
    ]
    return sorted((way for way in ways if way.typed != typed), key=lambda way: (way.cost, way.typed))[:MOST]


def settled(typed: str, words: Words) -> bool:
    """Whether every typed word is a whole word that the shop knows: then nothing is put right."""
    parts = typed.split()
    return all(words.known(part) or not part.isalpha() for part in parts)
