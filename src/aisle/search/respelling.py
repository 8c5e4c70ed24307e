"""A query as the encoder should read it: words that nobody knows, taken as those that were meant.

An encoder cuts a misspelt word into pieces that mean something else ("toliet" becomes "to", "##lie", "##t"), so meaning
is lost where words alone would still have been found by their spelling. A word is replaced only if no product holds it,
the encoder does not have it whole either (so that "sofa" keeps its meaning in a shop of couches), and a word of the
catalogue is near enough.
"""

from __future__ import annotations

from collections.abc import Callable

from aisle.search import analysis
from aisle.search.request import MOST_QUERY_WORDS
from aisle.text.spelling import Spelling
from aisle.text.words import words


def respelt(query: str, *, frequency: Callable[[int], int], spelling: Spelling, known: Callable[[str], bool]) -> str:
    """The query with such words replaced, as many words as before, all else as it is; only its first words are looked
    at, as many as are looked up.

    `frequency(key)` says how many products hold a word, `known` whether the encoder has it whole.
    """
    read: dict[str, str] = {}
    for written in query.split()[:MOST_QUERY_WORDS]:
        word = written.lower()
        if not word.isalpha() or written in read:
            continue
        canonical = words(word)
        if len(canonical) != 1 or frequency(analysis.word_key(analysis.forms(canonical[0])[0])) or known(word):
            continue
        if found := spelling.corrections(canonical[0], most=1):
            read[written] = found[0][0]
    return " ".join(read.get(written, written) for written in query.split()) if read else query
