"""Queries that nobody typed: real ones misspelt, and words of a title as a shopper might pick them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST = 4  # letters of a word that may be misspelt: in shorter ones a slip makes another word
_WORDS = re.compile(r"[^\s(),;]+")
# How many words a made query has; as often as queries of shops have them.
_LENGTHS = (1, 2, 2, 3, 3, 3, 4, 4, 5, 6)


def misspelt(query: str) -> str:
    """The query with one slip: a letter left out, doubled, wrong or too many, two swapped, or two words run together.

    Words of letters only: a digit too many names another product. A query without a word that is long enough stays.
    """
    words = query.split()
    places = [place for place, word in enumerate(words) if len(word) >= _SHORTEST and word.isalpha()]
    if not places:
        return query
    place = random.choice(places)
    if place + 1 < len(words) and random.random() < 0.1:
        return " ".join([*words[:place], words[place] + words[place + 1], *words[place + 2 :]])
    word = words[place]
    # The first letter is nearly always right.
    words[place] = random.choice(_SLIPS)(word, random.randrange(1, len(word)))
    return " ".join(words)


def of_title(title: str) -> str:
    """Up to six words of a title, in its order, in lower case; empty if there are none."""
    words = _WORDS.findall(title)
    chosen = sorted(random.sample(range(len(words)), min(len(words), random.choice(_LENGTHS))))
    return " ".join(words[place] for place in chosen).lower()


def _left_out(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


def _doubled(word: str, at: int) -> str:
    return word[:at] + word[at] + word[at:]


def _swapped(word: str, at: int) -> str:
    at = min(at, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _wrong(word: str, at: int) -> str:
    return word[:at] + random.choice(_LETTERS) + word[at + 1 :]


def _too_many(word: str, at: int) -> str:
    return word[:at] + random.choice(_LETTERS) + word[at:]


_SLIPS: tuple[Callable[[str, int], str], ...] = (_left_out, _doubled, _swapped, _wrong, _too_many)
