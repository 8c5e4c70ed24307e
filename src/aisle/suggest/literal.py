"""Texts that say the same by their letters: other order, other number, other spaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from aisle.text.plurals import fold_plural


def word_family(key: str) -> tuple[str, ...]:
    """Equal for two keys of the same words, in any order, singular or plural."""
    return tuple(sorted(map(fold_plural, key.split())))


def letter_family(key: str) -> str:
    """Equal for two keys of the same letters: "applesauce", "apple sauce". The last word may be singular or plural."""
    *before, last = key.split() or [""]
    return "".join([*before, fold_plural(last)])


def ordered_family(key: str) -> tuple[str, ...]:
    """Equal for two keys of the same words in the same order, singular or plural."""
    return tuple(map(fold_plural, key.split()))


def same_families(keys: Sequence[str], departments: Sequence[str]) -> Iterable[list[int]]:
    """Places of keys that say the same, in families of two and more.

    Words in another order may be another thing: "chocolate milk" and "milk chocolate". Where the two are known to lead
    to different departments, they are kept apart.
    """
    by_letters: dict[object, list[int]] = defaultdict(list)
    by_words: dict[tuple[str, ...], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (key, department) in enumerate(zip(keys, departments, strict=True)):
        by_letters[letter_family(key)].append(place)
        by_letters[ordered_family(key)].append(place)
        by_words[word_family(key)][department].append(place)
    yield from (family for family in by_letters.values() if len(family) > 1)
    for kinds in by_words.values():
        unknown = kinds.pop("", [])
        for members in kinds.values() or [[]]:
            family = members + unknown
            if len(family) > 1:
                yield family
