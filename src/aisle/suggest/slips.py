"""How likely it is that a word was meant by what was typed.

A slip costs -ln P(slip | word). The shares of the kinds of slips were counted on 2,239 misspellings one edit away from
their words (the Wikipedia and Aspell lists); each share is divided by how many slips of that kind a word of seven
letters offers. Leaving out one of two equal letters is by far the likeliest, a foreign letter in the middle of a word
the least. A wrong first letter made up 3 % where chance would make it 14 %.

Idea: M. D. Kernighan, K. W. Church, W. A. Gale, "A spelling correction program based on a noisy channel model",
COLING 1990, section 2.
"""

from __future__ import annotations

import re

UNDOUBLED, MISSING, SWAPPED, SOUND, VOWEL, DOUBLED = 1.1, 3.4, 4.1, 4.1, 4.2, 4.6
EXTRA_VOWEL, NEIGHBOUR, FOREIGN, EXTRA = 6.2, 6.5, 7.5, 7.9
FIRST_LETTER = 1.6
"""Added where the first letter is wrong."""
SOUNDS_ALIKE = 4.5
"""The price of two words that sound alike, however many letters differ."""
SECOND = 1.5
"""Added for a second slip in one word: most words have at most one."""

_VOWELS = frozenset("aeiouy")
_ALIKE = frozenset(
    frozenset(pair) for pair in ("ck", "cs", "ck", "sz", "fv", "gj", "mn", "dt", "bp", "kq", "cq", "vw", "xz")
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> frozenset[str]:
    """Pairs of letters beside each other on a keyboard. Each row stands half a key to the right of the one above."""
    pairs = set()
    for number, row in enumerate(_ROWS):
        for at, letter in enumerate(row):
            beside = row[at + 1 : at + 2]
            below = _ROWS[number + 1][max(at - 1, 0) : at + 1] if number + 1 < len(_ROWS) else ""
            for other in beside + below:
                pairs |= {letter + other, other + letter}
    return frozenset(pairs)


_NEAR = _neighbours()

# Applied in this order to a lower-case word; what is left of two words that sound alike is the same.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"ph", "f"), (r"ough\b", "o"), (r"gh", "g"),
        (r"sch", "sk"), (r"ch", "4"), (r"[ct]ion", "4n"), (r"sh", "4"), (r"ck", "k"), (r"c(?=[eiy])", "s"),
        (r"[cq]", "k"), (r"x", "ks"), (r"z", "s"), (r"wh", "w"), (r"ou|oo|ew", "u"), (r"au|aw", "o"),
        (r"[eia][eiay]|[yie]", "i"), (r"(.)\1+", r"\1"), (r"(?<=.)i$", ""),
    )
)  # fmt: skip


def sound(word: str) -> str:
    """What a word sounds like, roughly: "brocolli" and "broccoli", "fantom" and "phantom" sound alike."""
    for pattern, heard in _SOUNDS:
        word = pattern.sub(heard, word)
    return word


def one_slip(typed: str, word: str, *, whole: bool) -> tuple[float, int] | None:
    """The cost of `typed` for `word` if at most one edit apart, and how many letters of `word` it stands for.

    With `whole` it stands for the whole word, else for a beginning of it. None where it takes more than one edit.
    """
    length, room = len(typed), len(word)
    at = 0
    for one, other in zip(typed, word, strict=False):
        if one != other:
            break
        at += 1
    if at == length:
        return _missed_last(typed, word) if whole else (0.0, length)
    best: tuple[float, int] | None = None
    for cost, taken, left, right in (
        (_replaced, length, at + 1, at + 1),
        (_extra, length - 1, at + 1, at),
        (_missing, length + 1, at, at + 1),
        (_swapped, length, at + 2, at + 2),
    ):
        if taken > room or (whole and taken != room) or typed[left:] != word[right:taken]:
            continue
        price = cost(typed, word, at)
        if price is not None and (best is None or price < best[0]):
            best = price, taken
    return best


def _missed_last(typed: str, word: str) -> tuple[float, int] | None:
    if len(word) == len(typed):
        return 0.0, len(word)
    return (_missing(typed, word, len(typed)), len(word)) if len(word) == len(typed) + 1 else None


def _replaced(typed: str, word: str, at: int) -> float | None:
    if at >= len(word):
        return None
    return _first(at) + replaced(typed[at], word[at])


def replaced(typed: str, meant: str) -> float:
    """The cost of one letter for another."""
    if typed in _VOWELS and meant in _VOWELS:
        return VOWEL
    if frozenset((typed, meant)) in _ALIKE:
        return SOUND
    return NEIGHBOUR if typed + meant in _NEAR else FOREIGN


def _extra(typed: str, word: str, at: int) -> float:
    return _first(at) + extra(typed, at)


def extra(typed: str, at: int) -> float:
    """The cost of a letter too many at `at`."""
    if at and typed[at - 1] == typed[at]:
        return DOUBLED
    return EXTRA_VOWEL if typed[at] in _VOWELS else EXTRA


def _missing(typed: str, word: str, at: int) -> float:
    return _first(at) + missing(word, at)


def missing(word: str, at: int) -> float:
    """The cost of leaving out the letter of `word` at `at`."""
    return UNDOUBLED if at and word[at - 1] == word[at] else MISSING


def _swapped(typed: str, word: str, at: int) -> float | None:
    swapped = at + 1 < len(typed) and at + 1 < len(word) and typed[at] == word[at + 1] and typed[at + 1] == word[at]
    return _first(at) + SWAPPED if swapped else None


def _first(at: int) -> float:
    return FIRST_LETTER if at == 0 else 0.0


def two_slips(typed: str, word: str, *, whole: bool) -> tuple[float, int] | None:
    """Like `one_slip` for at most two edits, worked out letter by letter: about 20 µs."""
    most, columns = 2, min(len(word), len(typed) + 2)
    if whole and abs(len(word) - len(typed)) > most:
        return None
    # Each cell: edits, cost.
    before: list[tuple[int, float]] = []
    last: list[tuple[int, float]] = [(0, 0.0)]
    for j in range(1, columns + 1):
        edits, cost = last[-1]
        last.append((edits + 1, cost + missing(word, j - 1) + _first(j - 1)))
    for i, letter in enumerate(typed, 1):
        edits, cost = last[0]
        row = [(edits + 1, cost + extra(typed, i - 1) + _first(i - 1))]
        for j in range(1, columns + 1):
            meant = word[j - 1]
            edits, cost = last[j - 1]
            cell = edits, cost
            if letter != meant:
                cell = edits + 1, cost + replaced(letter, meant) + _first(max(i, j) - 1)
            edits, cost = last[j]
            cell = min(cell, (edits + 1, cost + extra(typed, i - 1) + _first(i - 1)))
            edits, cost = row[j - 1]
            cell = min(cell, (edits + 1, cost + missing(word, j - 1) + _first(j - 1)))
            if letter != meant and i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == meant:
                edits, cost = before[j - 2]
                cell = min(cell, (edits + 1, cost + SWAPPED + _first(max(i, j) - 2)))
            row.append(cell)
        if min(row)[0] > most:
            return None
        before, last = last, row
    ends = [columns] if whole and columns == len(word) else [] if whole else range(1, columns + 1)
    found = min(((*last[j], j) for j in ends if last[j][0] <= most), default=None, key=lambda one: (one[1], one[2]))
    if found is None:
        return None
    edits, cost, taken = found
    return cost + (SECOND if edits > 1 else 0.0), taken
