"""Queries that are slips of the fingers: what they were meant to be."""

from __future__ import annotations

from collections.abc import Mapping

from aisle.suggest.half_typed import Usage
from aisle.suggest.words import Words

_DOMINANCE = 2.0
"""What was meant has at least so many times the sessions of the slip."""


class Corrections:
    """Finds for a query with unknown words the one it is a slip of.

    "avacado" converts as well as "avocado" does, and is not one of the things a shop should say. It is told from a
    word of the people that no product carries ("lunch meat") by the query beside it: one slip away, and far more used.
    """

    def __init__(self, known: Mapping[str, int], usage: Mapping[str, Usage]) -> None:
        self._known = known
        self._usage = usage
        self._filed: Words | None = None

    def meant(self, key: str) -> str:
        """The key of the query that was meant; empty where there is none."""
        words = []
        for word in key.split():
            if word in self._known:
                words.append([word])
                continue
            # The nearest three: which of them was meant, the log says.
            words.append([meant for _, meant in self._words().meant(word, whole=True, most=3)])
        texts = [""]
        for choices in words:
            texts = [f"{text} {choice}".strip() for text in texts for choice in choices][:27]
        own = self._usage[key].sessions
        likely = [text for text in texts if text in self._usage and self._usage[text].sessions >= _DOMINANCE * own]
        return max(likely, key=lambda text: (self._usage[text].sessions, text), default="")

    def _words(self) -> Words:
        if self._filed is None:
            self._filed = Words.of({word: float(count) for word, count in self._known.items()})
        return self._filed
