"""Phrases that only few documents have: what a model may have learnt by heart, and must not give away.

Every run of `WORDS` words that fewer than k documents have goes into a Bloom filter: it never misses one, and takes one
in two thousand others for one. So the model's directory holds no text, and a secret of one document is not completed.

Legend: W words of a message, N phrases, H hash functions.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError

WORDS = 5
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HASHES = 11
_BITS_A_PHRASE = 16
_FILE = "rare-phrases.npy"
_MULTIPLIER = 0x9E3779B97F4A7C15


def words_of(text: str) -> list[str]:
    """The words of a text, lower-cased, without punctuation."""
    return _WORD.findall(text.lower())


class RarePhrases:
    """The phrases that fewer than k of the documents have."""

    def __init__(self, bits: NDArray[np.uint8]) -> None:
        self._bits = bits

    @classmethod
    def count(cls, documents: Iterable[Iterable[str]], k: int) -> RarePhrases:
        """From the messages of every document; a phrase counts once a document and never spans two messages."""
        of_documents = []
        for messages in documents:
            parts = [phrase_hashes(words_of(message)) for message in messages]
            of_documents.append(np.unique(np.concatenate([*parts, np.zeros(0, np.uint64)])))
        hashes_N, counts_N = np.unique(np.concatenate([*of_documents, np.zeros(0, np.uint64)]), return_counts=True)
        rare_N = hashes_N[counts_N < k]
        num_bits = 8 * max(math.ceil(len(rare_N) * _BITS_A_PHRASE / 8), 1)
        bits = np.zeros(num_bits, bool)
        for places_N in _places(rare_N, num_bits):
            bits[places_N] = True
        return cls(np.packbits(bits))

    def within(self, words: Sequence[str], first: int = 0) -> bool:
        """Whether any phrase that reaches to word `first` or beyond is rare."""
        hashes_N = phrase_hashes(words[max(first - WORDS + 1, 0) :])
        if not len(hashes_N):
            return False
        found_N = np.ones(len(hashes_N), bool)
        for places_N in _places(hashes_N, 8 * len(self._bits)):
            found_N &= (self._bits[places_N // 8] >> (7 - places_N % 8).astype(np.uint8)) & 1 == 1
        return bool(found_N.any())

    def save(self, directory: Path) -> None:
        """Write `rare-phrases.npy`."""
        np.save(directory / _FILE, self._bits)

    @classmethod
    def load(cls, directory: Path) -> RarePhrases:
        """Read it again.

        Raises
            UserError: it is missing or damaged; without it nothing could be held back.
        """
        path = directory / _FILE
        try:
            return cls(np.load(path, mmap_mode="r"))
        except FileNotFoundError as error:
            raise UserError(
                f"{path} is missing; without it nothing can be held back, so train the completer again"
            ) from error
        except ValueError as error:
            raise UserError(f"{path} is damaged ({error}); train the completer again") from error


def phrase_hashes(words: Sequence[str]) -> NDArray[np.uint64]:
    """A 64-bit number for each run of `WORDS` words (W - WORDS + 1,)."""
    if len(words) < WORDS:
        return np.zeros(0, np.uint64)
    hashes_W = np.fromiter(map(_word_hash, words), np.uint64, len(words))
    total_N = np.zeros(len(words) - WORDS + 1, np.uint64)
    with np.errstate(over="ignore"):
        for place in range(WORDS):
            total_N = total_N * np.uint64(_MULTIPLIER) + hashes_W[place : place + len(total_N)]
            total_N ^= total_N >> np.uint64(29)
    return total_N


@lru_cache(maxsize=200_000)
def _word_hash(word: str) -> int:
    encoded = word.encode()
    return zlib.crc32(encoded) << 32 | zlib.adler32(encoded)


def _places(hashes_N: NDArray[np.uint64], num_bits: int) -> Iterable[NDArray[np.int64]]:
    """The H places (N,) of each phrase, from two halves of its hash (Kirsch and Mitzenmacher 2006)."""
    with np.errstate(over="ignore"):
        mixed_N = hashes_N * np.uint64(0xBF58476D1CE4E5B9)
        mixed_N ^= mixed_N >> np.uint64(31)
        low_N, high_N = mixed_N & np.uint64(0xFFFFFFFF), mixed_N >> np.uint64(32) | np.uint64(1)
        for number in range(_HASHES):
            yield ((low_N + np.uint64(number) * high_N) % np.uint64(num_bits)).astype(np.int64)
