"""Pronouns that would be a guess: after an occupation a text does not say whether he or she is meant."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.tasks.complete.word_lists import word_list

PRONOUNS = frozenset({"he", "she", "him", "her", "his", "hers", "himself", "herself"})

# How many words back an occupation is looked for.
REACH = 30


def guesses_at(words: Sequence[str], first: int) -> bool:
    """Whether a word from number `first` on is a pronoun that follows an occupation; words are lower-cased."""
    for place in range(first, len(words)):
        word = words[place].removesuffix("'s").removesuffix("’s")
        if word in PRONOUNS and has_occupation(words[max(place - REACH, 0) : place]):
            return True
    return False


def has_occupation(words: Sequence[str]) -> bool:
    """Whether one of the words, or what it is the plural of, is an occupation."""
    occupations = word_list("occupations")
    return any(
        word in occupations or word.removesuffix("s") in occupations
        for word in (word.removesuffix("'s").removesuffix("’s") for word in words)
    )
