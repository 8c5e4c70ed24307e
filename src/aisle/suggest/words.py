"""The words of an index, and which of them a typed word or beginning of a word may stand for.

Every beginning of a word, up to eight letters, is filed under a hash of itself, of what is left when one letter is
taken out, and of its sound; the first eight letters also under what is left when two are. A misspelt word shares such a
hash with what was meant (W. Garbe, SymSpell, 2012, here for beginnings of words as well), so a few look-ups find all
words in question however large the vocabulary, and a fixed number of those are compared letter by letter.

Letters: V words, E filed hashes.
"""

from __future__ import annotations

import math
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.suggest.slips import SOUNDS_ALIKE, one_slip, sound, two_slips

BEGINNING = 8
"""Letters of a word that are filed: what lies behind is compared anyway."""
LEAST = 3
"""Letters that must have been typed before another word may be meant."""
TWO_SLIPS = 7
"""Typed letters from which two slips are forgiven; one before."""
LONGEST = 32
"""Longer words are not corrected: they are mostly codes."""
COMPARED = 64
"""Words compared letter by letter, the weightiest first."""


def file_words(weights: Mapping[str, float]) -> dict[str, NDArray[Any]]:
    """The arrays of a word list; a word of weight 0 is known but never meant by another one."""
    words = sorted(weights)
    encoded = [word.encode() for word in words]
    heavy_V = np.array([weights[word] for word in words], np.float32)
    near = [
        (text_hash(text), at) for at, word in enumerate(words) if _meant(word, heavy_V[at]) for text in _filed(word)
    ]
    far = [
        (text_hash(text), at)
        for at, word in enumerate(words)
        if _meant(word, heavy_V[at]) and len(word) >= TWO_SLIPS - 2
        for text in _without(word[:BEGINNING], 2)
    ]
    return {
        "words": np.frombuffer(b"".join(encoded), np.uint8),
        "word-ends": np.cumsum([0, *map(len, encoded)]).astype(np.uint32),
        "word-weights": heavy_V,
        **_sorted_pairs("near", near),
        **_sorted_pairs("far", far),
    }


def _meant(word: str, weight: float) -> bool:
    return bool(weight > 0) and LEAST <= len(word) <= LONGEST and word.isalpha() and word.isascii()


def _filed(word: str) -> Iterator[str]:
    filed: set[str] = set()
    for length in range(2, min(len(word), BEGINNING) + 1):
        filed |= _without(word[:length], 1)
    yield from filed
    yield "~" + sound(word)
    # A word that is not finished sounds like the beginning of the one that is meant.
    for length in range(4, len(word)):
        yield "~" + sound(word[:length])


def _without(text: str, letters: int) -> set[str]:
    """The text, and what is left of it when up to `letters` letters are taken out."""
    found = newest = {text}
    for _ in range(letters):
        newest = {left[:at] + left[at + 1 :] for left in newest for at in range(len(left))}
        found = found | newest
    return found


def text_hash(text: str) -> int:
    """32 bits that stand for a text, the same on every machine."""
    return zlib.crc32(text.encode())


def _sorted_pairs(name: str, pairs: Iterable[tuple[int, int]]) -> dict[str, NDArray[Any]]:
    pairs_E2 = np.array(sorted(set(pairs)), np.int64).reshape(-1, 2)
    return {f"{name}-hashes": pairs_E2[:, 0].astype(np.uint32), f"{name}-words": pairs_E2[:, 1].astype(np.uint32)}


class Words:
    """An opened word list."""

    def __init__(self, mapped: Mapping[str, Any]) -> None:
        self._letters = mapped["words"]
        self._ends = mapped["word-ends"]
        self._weights_V: NDArray[np.float32] = np.asarray(mapped["word-weights"])
        self._near_E = np.asarray(mapped["near-hashes"])
        self._near_words_E = np.asarray(mapped["near-words"])
        self._far_E = np.asarray(mapped["far-hashes"])
        self._far_words_E = np.asarray(mapped["far-words"])

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Words:
        """A word list in memory."""
        arrays = file_words(weights)
        return cls({name: values.tobytes() if name == "words" else values.data for name, values in arrays.items()})

    def __len__(self) -> int:
        return max(len(self._ends) - 1, 0)

    def word(self, at: int) -> str:
        """The word in place `at`."""
        return str(self._letters[self._ends[at] : self._ends[at + 1]], "utf-8")

    def place(self, word: str) -> int:
        """Where the words begin that are `word` or come after it."""
        wanted = word.encode()
        return bisect_left(range(len(self)), wanted, key=lambda at: self._letters[self._ends[at] : self._ends[at + 1]])

    def known(self, word: str) -> bool:
        """Whether the shop uses the word at all."""
        at = self.place(word)
        return at < len(self) and self.word(at) == word

    def begins(self, beginning: str) -> bool:
        """Whether a word begins so."""
        at = self.place(beginning)
        return at < len(self) and self.word(at).startswith(beginning)

    def meant(self, typed: str, *, whole: bool, most: int) -> list[tuple[float, str]]:
        """What may have been meant by `typed`, with its cost, the likeliest first: words, or beginnings of words.

        How likely is the weight of the word, times e to the minus cost.

        With `whole` the typed word is finished. Words without letters, such as sizes, mean only themselves.
        """
        if not (LEAST <= len(typed) <= LONGEST and typed.isascii() and typed.isalpha()):
            return []
        found: dict[str, tuple[float, float]] = {}
        # Of a longer word, a letter too many moves one more into the beginning, and a missing one moves one out.
        near = _without(typed[: BEGINNING + 1], 1) | _without(typed[:BEGINNING], 1)
        for at in self._found(self._near_E, self._near_words_E, near):
            self._compare(at, one_slip(typed, self.word(at), whole=whole), found)
        if len(typed) > LEAST:
            heard = sound(typed)
            for at in self._found(self._near_E, self._near_words_E, {"~" + heard}):
                word = self.word(at)
                if sound(word) == heard if whole else not word.startswith(typed):
                    self._compare(at, (SOUNDS_ALIKE, len(word)), found)
        if len(typed) >= TWO_SLIPS and found.keys() <= {typed}:
            # Two slips are rare, and looking for them takes longest.
            for at in self._found(self._far_E, self._far_words_E, _without(typed[:BEGINNING], 2)):
                self._compare(at, two_slips(typed, self.word(at), whole=whole), found)
        found.pop(typed, None)
        likely = sorted(found.items(), key=lambda one: (one[1][0] - math.log(one[1][1]), one[0]))[:most]
        return [(cost, meant) for meant, (cost, _) in likely]

    def _found(self, hashes_E: NDArray[Any], words_E: NDArray[Any], texts: set[str]) -> list[int]:
        """The weightiest of the words filed under one of the texts."""
        wanted = np.array([text_hash(text) for text in texts], np.uint32)
        starts, ends = np.searchsorted(hashes_E, wanted), np.searchsorted(hashes_E, wanted, side="right")
        found: set[int] = set()
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if start < end:
                found.update(words_E[start:end].tolist())
        if len(found) <= COMPARED:
            return sorted(found)
        many = np.fromiter(found, np.int64, len(found))
        heaviest = np.argpartition(-self._weights_V[many], COMPARED)[:COMPARED]
        return sorted(many[heaviest].tolist())

    def _compare(self, at: int, slip: tuple[float, int] | None, found: dict[str, tuple[float, float]]) -> None:
        """Keep for each text meant its least cost and the weight of its weightiest word."""
        if slip is None:
            return
        cost, taken = slip
        meant, weight = self.word(at)[:taken], float(self._weights_V[at])
        before = found.get(meant)
        found[meant] = (cost, weight) if before is None else (min(cost, before[0]), max(weight, before[1]))
