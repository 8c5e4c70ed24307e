"""Texts that say the same by their letters: other order, other number, other spaces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from aisle.suggest.matching import fold
from aisle.text.plurals import fold_plural

_LEAST_KINDS, _LEAST_AGREEING = 6, 2
"""So many kinds of product must end in a word, in either number, and so many in the one, before their names say what
it is about: two and four are parted as cleanly by chance once in fifteen times, two and two once in six."""


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


def known_departments(keys: Sequence[str], kinds: Sequence[str], department_of: Mapping[str, str]) -> list[str]:
    """The department that each text is known to be about; empty where nothing is known.

    `kinds` has what each text leads to (empty where that is of many kinds), and `department_of` the department of every
    kind. Where the kind is not known, the names of kinds tell: several that end in "pepper" are all spices, several
    that end in "peppers" are all vegetables. A few say little: "cups" are more than "measuring cups".
    """
    ends: dict[str, list[str]] = defaultdict(list)
    in_either_number: Counter[tuple[str, ...]] = Counter()
    for kind, department in department_of.items():
        words = fold(kind).split()
        for at in range(len(words)):
            end = " ".join(words[at:])
            ends[end].append(department)
            in_either_number[ordered_family(end)] += 1
    known = []
    for key, kind in zip(keys, kinds, strict=True):
        if kind:
            known.append(department_of.get(kind, kind))
        else:
            found = ends.get(key, [])
            enough = len(found) >= _LEAST_AGREEING and in_either_number[ordered_family(key)] >= _LEAST_KINDS
            known.append(found[0] if enough and len(set(found)) == 1 else "")
    return known


def same_families(keys: Sequence[str], departments: Sequence[str]) -> Iterable[list[int]]:
    """Places of keys that say the same, in families of two and more.

    The same letters with other spaces always do. Singular and plural do unless they are known to be about different
    departments: "pepper" may be a spice and "peppers" a vegetable. Words in another order do if both are about the same
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
    for about in by_number.values():
        unknown = about.pop("", [])
        families += [members + unknown for members in about.values()] or [unknown]
    yield from (family for family in families if len(family) > 1)
