"""Known words that an unknown word may have been meant as.

Every known word is filed under each of the strings that taking up to two letters out of it leaves (one, for a short
word). A misspelt word shares such a string with what was meant, so a handful of look-ups finds all candidates however
large the vocabulary, and only those are compared letter by letter. Idea: W. Garbe, SymSpell, 2012.

Legend: E filed strings, each with the word it came from.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.text.wordlist import WordList

_FILED_LETTERS = 8
"""Only the beginning of a word is filed: it keeps the file small, and what lies behind is compared anyway."""
_LONGEST = 24
"""Longer words are not corrected: they are mostly codes."""


def most_edits(word: str) -> int:
    """Edits that a word of this length is granted: none below four letters, one below seven, else two."""
    return 0 if len(word) < 4 else 1 if len(word) < 7 else 2


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """Corrections from a list of known words."""

    words: WordList
    hashes_E: NDArray[np.uint32]
    """Hashes of the filed strings, in rising order."""
    origins_E: NDArray[np.int32]
    """Place in `words` of the word that each string came from."""

    @classmethod
    def build(cls, words: WordList) -> Spelling:
        """File all words of `words` that are made of letters alone."""
        hashes: list[int] = []
        origins: list[int] = []
        for at, word in enumerate(words):
            if 3 <= len(word) <= _LONGEST and word.isalpha():
                # A short word may be meant by one that is a letter longer, and so has more edits to spend.
                filed = {
                    zlib.crc32(left.encode()) for left in _shortened(word[:_FILED_LETTERS], most_edits(word + "x"))
                }
                hashes.extend(filed)
                origins.extend([at] * len(filed))
        hashes_E, origins_E = np.array(hashes, np.uint32), np.array(origins, np.int32)
        order_E = np.lexsort((origins_E, hashes_E))
        return cls(words, hashes_E[order_E], origins_E[order_E])

    def corrections(self, word: str, *, most: int) -> list[tuple[str, int]]:
        """Known words within reach of `word` with their distance: only the nearest, the most frequent of them first.

        A swap of two neighbouring letters is one edit. People seldom get the first letter wrong, so words that share it
        go before others of the same distance.
        """
        allowed = most_edits(word)
        if not allowed or len(word) > _LONGEST or not word.isalpha():
            return []
        wanted = np.array([zlib.crc32(left.encode()) for left in _shortened(word[:_FILED_LETTERS], allowed)], np.uint32)
        starts = np.searchsorted(self.hashes_E, wanted, side="left")
        ends = np.searchsorted(self.hashes_E, wanted, side="right")
        origins = [self.origins_E[start:end] for start, end in zip(starts, ends, strict=True) if start < end]
        # For a few hundred numbers a set is quicker than numpy.unique.
        found = np.array(sorted(set(np.concatenate(origins).tolist())) if origins else (), np.int64)
        # A letter takes one to four bytes of UTF-8; words that are too short or too long by that go unread.
        sizes = self.words.starts_W1[found + 1] - self.words.starts_W1[found]
        found = found[(sizes >= len(word) - allowed) & (sizes <= 4 * (len(word) + allowed))]
        ranked: list[tuple[int, bool, int, str]] = []
        for at in found.tolist():
            known = self.words[at]
            distance = edit_distance(word, known, allowed)
            if 0 < distance <= allowed:
                ranked.append((distance, known[0] != word[0], -int(self.words.counts_W[at]), known))
        ranked.sort()
        return [(known, distance) for distance, other, _, known in ranked if (distance, other) == ranked[0][:2]][:most]


def edit_distance(one: str, other: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 where it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    # What both words begin and end with needs no edit.
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, opposite in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def _shortened(word: str, letters: int) -> set[str]:
    """The word, and what is left of it when up to `letters` letters are taken out."""
    found = {word}
    newest = {word}
    for _ in range(letters):
        newest = {left[:at] + left[at + 1 :] for left in newest for at in range(len(left))}
        found |= newest
    return found
