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

    The same letters with other spaces always do. Singular and plural do unless they are known to lead to different
    departments: "pepper" may be a spice and "peppers" a vegetable. Words in another order do if both lead to the same
    department, or nothing is known of either: "chocolate milk" and "milk chocolate" are two things.
    """
    by_letters: dict[str, list[int]] = defaultdict(list)
    by_number: dict[object, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    by_words: dict[object, list[int]] = defaultdict(list)
    for place, (key, department) in enumerate(zip(keys, departments, strict=True)):
        by_letters[key.replace(" ", "")].append(place)
        by_number[letter_family(key)][department].append(place)
        by_number[ordered_family(key)][department].append(place)
        by_words[word_family(key), department].append(place)
    families = [*by_letters.values(), *by_words.values()]
    for kinds in by_number.values():
        unknown = kinds.pop("", [])
        families += [members + unknown for members in kinds.values()] or [unknown]
    yield from (family for family in families if len(family) > 1)
