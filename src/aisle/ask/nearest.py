"""Words that name nothing of the shop, and the department or category that means most nearly the same.

"fashion" is no department of a grocer's; "clothes" may be close to one. What is taken for what is said in the answer.

Legend: N words, V values, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.ask.patterns import question_words
from aisle.sql.schema import Schema

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors (N, D)."""

NEAR_ENOUGH = 0.45
"""The least cosine of a word and a value's name."""


class Nearest:
    """Guesses for one shop. The vectors of its values are computed when the first word needs them."""

    def __init__(self, schema: Schema, names: dict[str, Sequence[str]], embed: Embed) -> None:
        """`names`: the values by the name of their column."""
        self._values = [(value, column) for column, values in names.items() for value in values]
        self._columns = {
            name: frozenset(n for n, column in enumerate(schema.columns) if column.name == name) for name in names
        }
        self._embed = embed
        self._vectors_VD: NDArray[np.float32] | None = None

    def __call__(self, words: Sequence[str]) -> list[tuple[str, frozenset[int], float]]:
        """For each word the nearest value with its columns and cosine; ("", …) for words that are near none."""
        nothing: tuple[str, frozenset[int], float] = ("", frozenset(), 0.0)
        found = [nothing] * len(words)
        asked = [place for place, word in enumerate(words) if word.lower() not in question_words()]
        if not asked or not self._values:
            return found
        if self._vectors_VD is None:
            self._vectors_VD = self._embed([value for value, _ in self._values])
        cosine_NV = self._embed([words[place] for place in asked]) @ self._vectors_VD.T
        for row, place in enumerate(asked):
            best = int(cosine_NV[row].argmax())
            near = float(cosine_NV[row, best])
            if near >= NEAR_ENOUGH:
                value, column = self._values[best]
                # A literal match is 1, and nothing else is.
                found[place] = (value, self._columns[column], min(near, 0.999))
        return found
