"""Words that name nothing of the shop, and the department or category that means most nearly the same.

"fashion" is no department of a grocer's; "clothes" may be close to one. What is taken for what is said in the answer.

How far such a guess is to be trusted is measured on the shop's own tree: the names of its kinds are taken for what
means most nearly the same, and each is in truth in one department and category.

Legend: N words, V values, D vector length, K kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from aisle.ask.patterns import question_words
from aisle.sql.schema import Schema

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors (N, D)."""

NEAR_ENOUGH = 0.45
"""The least cosine of a word and a value's name."""
_MOST_KINDS = 300
_WIDTH = 0.06
"""How far off a cosine still tells of another (the standard deviation of a Gaussian)."""


class Nearest:
    """Guesses for one shop. The vectors of its values are computed when the first word needs them."""

    def __init__(
        self,
        schema: Schema,
        names: Mapping[str, Sequence[str]],
        embed: Embed,
        *,
        inside: Mapping[str, AbstractSet[str]] | None = None,
    ) -> None:
        """`names`: the values by the name of their column. `inside`: names of kinds, and the values each lies in."""
        self._values = [(value, column) for column, values in names.items() for value in values]
        self._columns = {
            name: frozenset(n for n, column in enumerate(schema.columns) if column.name == name) for name in names
        }
        self._inside = dict(inside or {})
        self._embed = embed
        self._vectors_VD: NDArray[np.float32] | None = None
        self._tried: tuple[NDArray[np.float32], NDArray[np.bool_]] | None = None

    def __call__(self, words: Sequence[str]) -> list[tuple[str, frozenset[int], float]]:
        """For each word the nearest value with its columns and cosine; ("", …) for words that are near none."""
        nothing: tuple[str, frozenset[int], float] = ("", frozenset(), 0.0)
        found = [nothing] * len(words)
        asked = [place for place, word in enumerate(words) if word.lower() not in question_words()]
        if not asked or not self._values:
            return found
        cosine_NV = self._cosines([words[place] for place in asked])
        for row, place in enumerate(asked):
            best = int(cosine_NV[row].argmax())
            near = float(cosine_NV[row, best])
            if near >= NEAR_ENOUGH:
                value, column = self._values[best]
                # A literal match is 1, and nothing else is.
                found[place] = (value, self._columns[column], min(near, 0.999))
        return found

    def trust(self, near: float) -> float:
        """How often the nearest value is right where it is about as near as this: by the kinds of the shop, the nearer
        in cosine the more they count, and as if one more had been right half the time."""
        if self._tried is None:
            self._tried = self._try_kinds()
        near_K, right_K = self._tried
        weight_K = np.exp(-0.5 * ((near_K - near) / _WIDTH) ** 2)
        return float((weight_K @ right_K + 0.5) / (weight_K.sum() + 1))

    def _try_kinds(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """For kinds, evenly drawn: the cosine of the nearest value, and whether the kind lies in it."""
        kinds = sorted(self._inside)[:: 1 + len(self._inside) // _MOST_KINDS]
        if not kinds or not self._values:
            return np.zeros(0, np.float32), np.zeros(0, np.bool_)
        cosine_KV = self._cosines(kinds)
        right = [
            self._values[best][0] in self._inside[kind]
            for kind, best in zip(kinds, cosine_KV.argmax(axis=1), strict=True)
        ]
        return cosine_KV.max(axis=1), np.array(right)

    def _cosines(self, words: Sequence[str]) -> NDArray[np.float32]:
        if self._vectors_VD is None:
            self._vectors_VD = self._embed([value for value, _ in self._values])
        cosine_NV: NDArray[np.float32] = self._embed(words) @ self._vectors_VD.T
        return cosine_NV
