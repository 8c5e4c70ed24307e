"""How good completions are: exact match of the first words, at a share of places where something is shown.

Source: Chen et al. 2019 (arXiv 1906.00080), section 6.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_WORDS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in a text at which somebody could have stopped typing."""

    typed: str
    """What stands before it in the message."""
    rest: str
    """What was then typed, up to the end of the message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What was suggested at a place."""

    place: Place
    completion: str
    """Empty where there was nothing to suggest."""
    confidence: float
    """Higher is surer; any scale."""

    @property
    def words(self) -> int:
        """How many words were suggested; the rest of a half-typed word counts as one."""
        return len(self.completion.split())

    @property
    def is_right(self) -> bool:
        """Whether the suggested words are the first words of what was typed, spaces and punctuation included."""
        completion, rest = self.completion, self.place.rest
        return rest.startswith(completion) and (len(rest) == len(completion) or _ends(completion, rest))


def _ends(completion: str, rest: str) -> bool:
    """Whether the rest goes on with something else than the last suggested word."""
    return not (completion[-1].isalnum() and rest[len(completion)].isalnum())


@dataclass(frozen=True, kw_only=True, slots=True)
class CompletionResult:
    """Over the places at which something was shown."""

    places: int
    """Places that were asked about."""
    shown: int
    """Places at which something was shown."""
    exact_match: float
    """ExactMatch@N in percent, averaged over N = 1 … 15 with the number of suggestions of N words as weights: the share
    of the suggestions that were right as a whole."""
    by_words: dict[int, tuple[int, float]]
    """N to the number of suggestions of N words and the percentage of them that was right."""
    mean_words: float
    """Words of a suggestion."""
    characters_saved: float
    """Characters of right suggestions, in percent of the places."""

    @property
    def coverage(self) -> float:
        """Share of the places at which something was shown."""
        return self.shown / self.places if self.places else 0.0

    @property
    def plain_mean(self) -> float:
        """ExactMatch@N in percent, averaged over those N ≤ 15 that occur, each with equal weight."""
        return float(np.mean([share for _, share in self.by_words.values()])) if self.by_words else 0.0


def evaluate_completions(attempts: Sequence[Attempt], coverage: float) -> CompletionResult:
    """The measures where the surest `coverage` (a share) of the places show what was suggested.

    At equal coverage, models that dare much and models that dare little are comparable. Fewer are shown where fewer
    places have a suggestion. Suggestions of more than 15 words count with their first 15.
    """
    ranked = sorted((one for one in attempts if one.completion), key=lambda one: -one.confidence)
    shown = ranked[: round(coverage * len(attempts))]
    by_words: dict[int, list[bool]] = {}
    for one in shown:
        by_words.setdefault(min(one.words, MOST_WORDS), []).append(one.is_right)
    right = [one for one in shown if one.is_right]
    return CompletionResult(
        places=len(attempts),
        shown=len(shown),
        exact_match=100 * len(right) / len(shown) if shown else 0.0,
        by_words={words: (len(ones), 100 * float(np.mean(ones))) for words, ones in sorted(by_words.items())},
        mean_words=float(np.mean([one.words for one in shown])) if shown else 0.0,
        characters_saved=100 * sum(len(one.completion) for one in right) / len(attempts) if attempts else 0.0,
    )


def choose_places(messages: Sequence[str], number: int, *, seed: int = 0) -> list[Place]:
    """Random places behind the first word of messages, half of them inside a word as it happens; long ones have more.

    A message of one word has none. Same seed, same messages: same places.
    """
    random = np.random.default_rng(seed)
    spans = [(message, message.find(" ") + 1) for message in messages]
    spans = [(message, first) for message, first in spans if first and len(message) - first > 1]
    if not spans:
        return []
    lengths = np.array([len(message) - first - 1 for message, first in spans])
    ends = np.cumsum(lengths)
    chosen = np.sort(random.choice(ends[-1], size=min(number, int(ends[-1])), replace=False))
    places = []
    for at, owner in zip(chosen.tolist(), np.searchsorted(ends, chosen, side="right").tolist(), strict=True):
        message, first = spans[owner]
        cut = first + at - int(ends[owner] - lengths[owner])
        places.append(Place(typed=message[:cut], rest=message[cut:]))
    return places
