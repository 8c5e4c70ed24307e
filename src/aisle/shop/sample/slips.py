"""Slips of the fingers and queries that break off, as phones and hurried people make them."""

from __future__ import annotations

from random import Random

KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, str]:
    """Letters beside each letter on a keyboard, in its row and in the rows above and below."""
    near: dict[str, str] = {}
    for row, keys in enumerate(KEY_ROWS):
        for column, key in enumerate(keys):
            beside = keys[max(0, column - 1) : column] + keys[column + 1 : column + 2]
            # Each row stands half a key to the right of the one above.
            if row > 0:
                beside += KEY_ROWS[row - 1][column : column + 2]
            if row + 1 < len(KEY_ROWS):
                beside += KEY_ROWS[row + 1][max(0, column - 1) : column + 1]
            near[key] = beside
    return near


NEIGHBOURS = _neighbours()
# Sounds that are often written another way.
SOUNDS = (("ph", "f"), ("ie", "ei"), ("ei", "ie"), ("ck", "k"), ("cc", "c"), ("rr", "r"), ("tt", "t"), ("ll", "l"),
          ("ou", "u"), ("ea", "ee"), ("ai", "ia"), ("gh", "g"), ("nn", "n"), ("ss", "s"), ("pp", "p"))  # fmt: skip


def slip(query: str, draw: Random) -> str:
    """The query with one slip in one of its longer words; numbers and short words stay as they are."""
    words = query.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isascii() and word.isalpha()]
    if not long:
        return query
    place = long[int(draw.random() * len(long))]
    for _ in range(4):
        changed = _slip_word(words[place], draw)
        if changed != words[place]:
            return " ".join([*words[:place], changed, *words[place + 1 :]])
    return query


def _slip_word(word: str, draw: Random) -> str:
    sort = draw.random()
    # The first letter is rarely wrong.
    at = 0 if draw.random() < 0.04 else 1 + int(draw.random() * (len(word) - 1))
    if sort < 0.27:  # a letter left out
        return word[:at] + word[at + 1 :]
    if sort < 0.47:  # two letters swapped
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if sort < 0.72:  # a neighbouring key
        near = NEIGHBOURS[word[at]]
        return word[:at] + near[int(draw.random() * len(near))] + word[at + 1 :]
    if sort < 0.84:  # a letter twice
        return word[:at] + word[at] + word[at:]
    if sort < 0.9:  # a neighbouring key as well
        near = NEIGHBOURS[word[at]]
        return word[:at] + near[int(draw.random() * len(near))] + word[at:]
    possible = [pair for pair in SOUNDS if pair[0] in word]
    if not possible:
        return word[:at] + word[at + 1 :]
    written, heard = possible[int(draw.random() * len(possible))]
    return word.replace(written, heard, 1)


def break_off(query: str, draw: Random) -> str:
    """The query as sent before its last word was finished; unchanged where the last word is short."""
    last = query.split(" ")[-1]
    if len(last) < 4:
        return query
    return query[: len(query) - 1 - int(draw.random() * (len(last) - 2))]


def typed_prefixes(query: str, draw: Random) -> list[str]:
    """What had been typed at each pause on the way to the whole query, ending with all of it."""
    prefixes = []
    length = 0
    while length < len(query):
        length = min(len(query), length + 1 + int(draw.random() * 4))
        prefixes.append(query[:length])
    return prefixes
