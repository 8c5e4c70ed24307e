"""Texts that say the same by their letters: other order, other number, other spaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from aisle.suggest.matching import fold
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


def known_departments(
    keys: Sequence[str], kinds: Sequence[str], department_of: Mapping[str, str]
) -> list[frozenset[str]]:
    """The departments that each text is known to be about; none where nothing is known.

    `kinds` has what each text leads to (empty where that is of many kinds), and `department_of` the department of every
    kind. Where the kind is not known, the names of kinds tell the numbers of a word apart: kinds that end in "pepper"
    are spices, those that end in "peppers" are vegetables. A kind that is itself called so speaks for both: "mangoes"
    for "mango", whatever else ends in it.
    """
    ends: dict[str, set[str]] = defaultdict(set)
    called: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for kind, department in department_of.items():
        words = fold(kind).split()
        called[tuple(map(fold_plural, words))].add(department)
        for at in range(len(words)):
            ends[" ".join(words[at:])].add(department)
    known = []
    for key, kind in zip(keys, kinds, strict=True):
        if kind:
            known.append(frozenset((department_of.get(kind, kind),)))
        else:
            known.append(frozenset(ends.get(key, ())) | frozenset(called.get(ordered_family(key), ())))
    return known


def same_families(keys: Sequence[str], departments: Sequence[frozenset[str]]) -> Iterable[Sequence[int]]:
    """Places of keys that say the same, in families of two and more.

    The same letters with other spaces always do. Singular and plural do unless they are known to be about different
    departments: "pepper" may be a spice and "peppers" a vegetable. Words in another order do if both are about the same
    department, or nothing is known of either: "chocolate milk" and "milk chocolate" are two things.
    """
    by_letters: dict[str, list[int]] = defaultdict(list)
    by_number: dict[object, list[int]] = defaultdict(list)
    by_words: dict[object, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        by_letters[key.replace(" ", "")].append(place)
        by_number[letter_family(key)].append(place)
        by_number[ordered_family(key)].append(place)
        by_words[word_family(key)].append(place)
    yield from (family for family in by_letters.values() if len(family) > 1)
    for family in by_number.values():
        for one, other in combinations(family, 2):
            first, second = departments[one], departments[other]
            if not first or not second or first & second:
                yield one, other
    for family in by_words.values():
        for one, other in combinations(family, 2):
            first, second = departments[one], departments[other]
            if first & second or not (first or second):
                yield one, other
