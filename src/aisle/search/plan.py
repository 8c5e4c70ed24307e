"""From the words of a query to what is looked up: each word in every form that may stand for it, with its weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias

from aisle.search import analysis
from aisle.search.weights import LEXICAL_WEIGHTS, LexicalWeights
from aisle.text.spelling import Spelling

How: TypeAlias = Literal["exact", "amount", "joined", "split", "completed", "corrected"]
"""As typed; without its unit; two words written as one; one word written as two; the beginning of a word; a word spelt
otherwise."""
LITERAL: frozenset[How] = frozenset(("exact", "joined", "split"))
"""The same letters in the same order, but for plural endings and spaces."""

_FORMS_PER_WORD = 3
_SPLIT_FROM = 6
_SPLIT_BELOW = 20  # products; a more frequent word is one that the catalogue itself uses
_COMPLETE_FROM = 3
_RARE = 3
_RARE_BESIDE = 50
"""A word in at most 3 products may be a slip of theirs, if a word like it is in 50 times as many."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing that may stand for a word."""

    how: How
    text: str
    key: int
    weight: float
    """Most that it can add to a score."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One word of the query. It adds what the best of its alternatives is worth in a product."""

    word: str
    alternatives: tuple[Alternative, ...]
    required: bool
    """Whether a product must hold it to hold "all words": parts of sizes and words like "for" need not be there."""

    @property
    def weight(self) -> float:
        """Most that the clause can add to a score."""
        return max(alternative.weight for alternative in self.alternatives)


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """All that is looked up for a query."""

    clauses: tuple[Clause, ...] = ()
    pairs: tuple[Alternative, ...] = ()
    """Neighbouring words that also stand side by side in titles."""
    literal: bool = False
    """Whether the query names a number, a size or a code, and all its words are known: then products that hold every
    word of it to the letter go first."""
    notes: tuple[str, ...] = ()
    bound: float = field(init=False)
    """What a product with every word in its best form would score at most; the scale of the scores."""

    def __post_init__(self) -> None:
        bound = sum(clause.weight for clause in self.clauses) + sum(pair.weight for pair in self.pairs)
        object.__setattr__(self, "bound", bound)


def plan_query(
    words: Sequence[str],
    *,
    size: int,
    frequency: Callable[[int], int],
    spelling: Spelling,
    weights: LexicalWeights = LEXICAL_WEIGHTS,
) -> QueryPlan:
    """The plan for a query of these canonical words against `size` products, of which `frequency(key)` hold a key."""
    unique = list(dict.fromkeys(words))
    planner = _Planner(size, frequency, spelling, weights)
    clauses: list[Clause] = []
    notes: list[str] = []
    for word in unique:
        alternatives, parts = planner.alternatives(word)
        if other := [one.text for one in alternatives if one.how in ("completed", "corrected")]:
            held = planner.frequency(alternatives[0].key) if alternatives[0].how == "exact" else 0
            few = (
                "no product has" if not held else "only one product has" if held == 1 else f"only {held} products have"
            )
            notes.append(f'{few} the word "{word}"; searched for {" or ".join(other)} as well')
        clauses.append(Clause(word, tuple(alternatives), word not in analysis.STOP_WORDS))
        clauses.extend(Clause(part, (planner.exact(part),), required=False) for part in parts)
    pairs: list[Alternative] = []
    for left, right in pairwise(words):
        if pair := planner.found("exact", f"{left} {right}", analysis.pair_key(left, right), weights.pair):
            pairs.append(pair)
        planner.join(clauses, left, right)
    required = [clause for clause in clauses if clause.required]
    literal = any(any(map(str.isdigit, clause.word)) for clause in required) and all(
        any(one.how in LITERAL and frequency(one.key) for one in clause.alternatives) for clause in required
    )
    return QueryPlan(tuple(clauses), tuple(dict.fromkeys(pairs)), literal, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Planner:
    size: int
    frequency: Callable[[int], int]
    spelling: Spelling
    weights: LexicalWeights

    def rarity(self, frequency: int) -> float:
        """Inverse document frequency, as BM25 has it: never negative."""
        return math.log1p((self.size - frequency + 0.5) / (frequency + 0.5))

    def exact(self, form: str) -> Alternative:
        key = analysis.word_key(form)
        return Alternative("exact", form, key, self._weight(form, self.frequency(key)))

    def found(self, how: How, text: str, key: int, factor: float) -> Alternative | None:
        """An alternative that some product holds, or None."""
        frequency = self.frequency(key)
        return Alternative(how, text, key, factor * self._weight(text, frequency)) if frequency else None

    def alternatives(self, word: str) -> tuple[list[Alternative], list[str]]:
        """What a word may stand for, itself first, and the parts of a dimension that are looked up on their own."""
        form, *parts = analysis.forms(word)
        exact = self.exact(form)
        if len(parts) == 1:
            amount = self.found("amount", parts[0], analysis.word_key(parts[0]), self.weights.amount)
            return [exact, amount] if amount else [exact], []
        frequency = self.frequency(exact.key)
        others = self._other_spellings(word, frequency)
        # A word that no product holds sets no measure for what stands in for it.
        return (others if others and not frequency else [exact, *others]), parts

    def _other_spellings(self, word: str, frequency: int) -> list[Alternative]:
        if word in analysis.TALK:
            return []
        found: list[Alternative | None] = []
        if frequency <= _RARE and word.isalpha():
            corrections = self.spelling.corrections(word, most=_FORMS_PER_WORD)
            for known, distance in corrections:
                other = self._word("corrected", known, self.weights.corrected[distance - 1])
                if other and self.frequency(other.key) >= _RARE_BESIDE * frequency:
                    found.append(other)
            if not corrections and not frequency and len(word) >= _COMPLETE_FROM:
                longer = self.spelling.words.starting_with(word, most=_FORMS_PER_WORD)
                found.extend(self._word("completed", known, self.weights.completed) for known in longer)
        if frequency < _SPLIT_BELOW:
            found.append(self._split(word))
        return [one for one in found if one]

    def _weight(self, text: str, frequency: int) -> float:
        rarity = self.rarity(frequency)
        return min(rarity, self.weights.most_of_a_number) if text[0].isdigit() else rarity

    def _word(self, how: How, word: str, factor: float) -> Alternative | None:
        return self.found(how, word, analysis.word_key(analysis.forms(word)[0]), factor)

    def _split(self, word: str) -> Alternative | None:
        places: Iterable[int]
        if word.isalpha():
            places = range(3, len(word) - 2) if len(word) >= _SPLIT_FROM else range(0)
        elif word.isalnum():
            # "wd40" as "wd 40"
            places = [at for at in range(1, len(word)) if word[at - 1].isdigit() != word[at].isdigit()]
        else:
            return None
        halves = [(word[:at], word[at:]) for at in places]
        best = max(halves, key=lambda pair: self.frequency(analysis.pair_key(*pair)), default=None)
        return (
            None if best is None else self.found("split", " ".join(best), analysis.pair_key(*best), self.weights.split)
        )

    def join(self, clauses: list[Clause], left: str, right: str) -> None:
        """Let "back" and "splash" each be found in "backsplash", at half its weight."""
        if left[-1].isdigit() and right[0].isdigit():
            return
        joined = self._word("joined", left + right, self.weights.joined / 2)
        if joined is None:
            return
        for at, clause in enumerate(clauses):
            if clause.word in (left, right):
                clauses[at] = Clause(clause.word, (*clause.alternatives, joined), clause.required)
