"""The letters of a half-typed word: what is written must begin with them.

The last word as typed is taken back, and the model writes it anew under the condition that its bytes come out. So the
pieces are those that the model knows the word by, wherever the typing has stopped in it.

Legend: B rows, V vocabulary.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.model.generation.next_tokens import NextTokens, log_softmax, only

# How many ways of spelling the letters are followed side by side, and down to which share of the probability.
_WAYS = 4
_SHARE = 0.02


class Spellings:
    """The bytes of every piece, ordered, so that those with a beginning are found at once."""

    def __init__(self, spellings: Sequence[bytes]) -> None:
        self.of = list(spellings)
        self._ids = sorted(
            (place for place, piece in enumerate(spellings) if piece), key=lambda place: spellings[place]
        )
        self._sorted = [spellings[place] for place in self._ids]
        self._id_of = {piece: place for place, piece in zip(self._ids, self._sorted, strict=True)}

    def starting_with(self, letters: bytes) -> list[int]:
        """The pieces that begin with these bytes."""
        first = bisect.bisect_left(self._sorted, letters)
        # No byte of a UTF-8 text is 0xFF.
        return self._ids[first : bisect.bisect_left(self._sorted, letters + b"\xff")]

    def beginning(self, letters: bytes) -> list[int]:
        """The pieces that these bytes begin with and go beyond."""
        places = (self._id_of.get(letters[:end]) for end in range(1, len(letters)))
        return [place for place in places if place is not None]

    def spelt(self, tokens: Sequence[int]) -> bytes:
        """The bytes of tokens."""
        return b"".join(self.of[token] for token in tokens)


def with_letters(
    letters: bytes, spellings: Spellings, tokens: Sequence[int], log_probabilities_V: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A hook for writing: until the letters are used up, only pieces that go along with them may come."""
    spelt = spellings.spelt(tokens) if letters else b""
    if len(spelt) >= len(letters):
        return log_probabilities_V
    rest = letters[len(spelt) :]
    return only([*spellings.starting_with(rest), *spellings.beginning(rest)], log_probabilities_V)


def log_probability_of_letters(model: NextTokens, last: int, letters: bytes, spellings: Spellings) -> float:
    """How probable the letters themselves are: the sum over the ways of spelling them, the unlikely ones left out.

    `model` holds one row that has read all of the context but its `last` token. What is written is divided by it, so
    that a rare word whose beginning has been typed counts as what it is by now: likely.
    """
    if not letters:
        return 0.0
    total = 0.0
    rows = [(0.0, letters)]
    scores_BV = model.extend(np.array([[last]], np.int64))
    while True:
        log_probabilities_BV = log_softmax(scores_BV)
        further: list[tuple[int, int, float, bytes]] = []
        for row, (so_far, rest) in enumerate(rows):
            options_V = log_probabilities_BV[row]
            total += float(np.exp(so_far + options_V[spellings.starting_with(rest)]).sum())
            further += [
                (row, token, so_far + float(options_V[token]), rest[len(spellings.of[token]) :])
                for token in spellings.beginning(rest)
            ]
        further = sorted(further, key=lambda one: -one[2])[:_WAYS]
        further = [one for one in further if np.exp(one[2]) > _SHARE * total]
        if not further:
            return float(np.log(max(total, 1e-30)))
        model.select(np.array([row for row, _, _, _ in further], np.int64))
        scores_BV = model.extend(np.array([[token] for _, token, _, _ in further], np.int64))
        rows = [(log_probability, rest) for _, _, log_probability, rest in further]
