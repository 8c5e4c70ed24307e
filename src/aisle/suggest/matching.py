"""When a typed text matches a suggestion, and which part of it to highlight.

Both sides are folded to a key in the same way, so that "Häagen-Dazs" is found by "haagen d", "Ben & Jerry's" by
"ben and jerrys", and "7up" by "7 up". The typed key must stand in the key of the suggestion as one piece, at the start
of any word: "ice c" finds "vanilla ice cream", "cream v" does not.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right

from aisle.text.words import normalize

MAX_TYPED_CHARACTERS = 1000
"""A longer typed text matches nothing: no suggestion is that long, whatever folding takes away."""


class _Spaced(dict[int, str]):
    """For str.translate: punctuation, white space and unprintable characters become spaces, each decided once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character in "%./," or unicodedata.category(character)[0] in "LMNS"
        self[code] = character if kept else " "
        return self[code]


_SPACED = _Spaced({ord("'"): "", ord("&"): " and "})
_OUTSIDE_NUMBERS = re.compile(r"(?<!\d)[./,]|[./,](?!\d)")
_SPACES = re.compile("  +")
_AFTER_NUMBER = re.compile(r"(?<=\d) (?=[^\W\d_]|%)")
# After a number the space is gone; two letters there begin a word all the same: "7up" is also found by "up".
_WORD_START = re.compile(r"(?:^|(?<= )|(?<=\d)(?=[^\W\d_]{2}))(?=.)")


def fold(text: str) -> str:
    """The key of a text: normalised; apostrophes gone; "&" is "and"; other punctuation is space, except in numbers.

    No space is left between a number and the word after it. Text of punctuation alone has an empty key.
    """
    return _folded(text).strip()


def typed_key(text: str) -> str:
    """The key of what has been typed so far; a space at its end says that its last word is complete.

    After a number it says nothing: "7 " may become "7 up", which is "7up". Unlike a finished text, "ice " does not find
    "iced tea".
    """
    if len(text) > MAX_TYPED_CHARACTERS:
        return ""
    key = _folded(text)
    if text[-1:].isspace():
        key += " "
    bare = key.strip()
    return bare + " " if key.endswith(" ") and bare and not bare[-1].isdigit() else bare


def word_starts(key: str) -> list[int]:
    """Where the words of a folded key begin, first to last."""
    return [match.start() for match in _WORD_START.finditer(key)]


def locate(key: str, typed: str) -> int:
    """The first word start of a suggestion's `key` at which the `typed` key stands; -1 where it does not match."""
    if typed.endswith(" "):
        key += " "
    if key.startswith(typed):
        return 0
    at = key.find(typed, 1)
    while at > 0:
        if _WORD_START.match(key, at):
            return at
        at = key.find(typed, at + 1)
    return -1


def highlight(text: str, key: str, start: int, end: int) -> tuple[int, int]:
    """The part of `text` whose fold is `key[start:end]`, as (start, end) in characters of `text`.

    Mostly the text is its key up to the end of the part, or from its start on, but for dashes. Elsewhere the part is
    found by folding beginnings of the text: a binary search, for a longer beginning never has a shorter fold.
    """
    dashless = text.replace("-", " ")
    if dashless[:end] == key[:end]:
        return start, end
    shift = len(text) - len(key)
    if dashless[start + shift :] == key[start:]:
        return start + shift, end + shift
    lengths = _FoldedLengths(text)
    first = bisect_right(lengths, start) - 1
    last = bisect_left(lengths, end)
    while last < len(text) and unicodedata.combining(text[last]):
        last += 1
    return first, max(first, last)


class _FoldedLengths:
    """A sequence for bisect: the length of the key of the first 0, 1, 2, … characters."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __len__(self) -> int:
        return len(self._text) + 1

    def __getitem__(self, length: int) -> int:
        return len(fold(self._text[:length]))


def _folded(text: str) -> str:
    key = normalize(text).translate(_SPACED)
    # Of these signs only the ones inside a number are left; 1,000 is 1000.
    key = _OUTSIDE_NUMBERS.sub(" ", key).replace(",", "")
    return _AFTER_NUMBER.sub("", _SPACES.sub(" ", key))
