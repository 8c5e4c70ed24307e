"""A sorted list of words with their frequencies, in plain arrays.

Legend: W words, B bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class WordList(Sequence[str]):
    """Words in the order of their code points. Looking a word up takes about twenty comparisons, and no memory."""

    letters_B: NDArray[np.uint8]
    """All words, one after the other, as UTF-8."""
    starts_W1: NDArray[np.int64]
    counts_W: NDArray[np.int32]
    """In how many texts each word occurs."""

    @classmethod
    def build(cls, counts: Mapping[str, int]) -> WordList:
        """A list of the words of `counts`."""
        words = sorted(counts)
        encoded = [word.encode() for word in words]
        return cls(
            np.frombuffer(b"".join(encoded), np.uint8),
            np.concatenate([[0], np.cumsum([len(word) for word in encoded], dtype=np.int64)]).astype(np.int64),
            np.array([counts[word] for word in words], np.int32),
        )

    def __len__(self) -> int:
        return len(self.counts_W)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(len(self)))]
        return self.letters_B[self.starts_W1[at] : self.starts_W1[at + 1]].tobytes().decode()

    def count(self, word: str) -> int:
        """In how many texts `word` occurs; 0 for an unknown word."""
        at = bisect_left(self, word)
        return int(self.counts_W[at]) if at < len(self) and self[at] == word else 0

    def starting_with(self, prefix: str, *, most: int) -> list[str]:
        """The most frequent words that begin with `prefix`, at most `most`; ties in the order of the alphabet."""
        start = bisect_left(self, prefix)
        end = bisect_left(self, prefix + "\U0010ffff", lo=start)
        ranked = np.lexsort((np.arange(start, end), -self.counts_W[start:end]))[:most]
        return [self[start + int(at)] for at in ranked]
