"""Where a sentence ends: full stops that end one, told from those that do not.

A sentence ends after `.`, `!`, `?` or `…` (and what closes behind it: quotation marks, brackets), if white space
follows and what comes next begins a sentence: a capital letter, a digit, or something that opens one. A full stop after
a title (`Mr.`), a single letter (`J.`) or another abbreviation that goes on does not count. Rules, and no model: they
are quick, and pre-training asks only that most cuts are right.
"""

from __future__ import annotations

import re

# Abbreviations that a name, a number or more of the sentence follows.
_TITLES = "mr mrs ms messrs mme mlle dr prof rev hon st mt ft capt col gen lt lieut sgt serg maj cmdr adm gov pres sen"
_OTHERS = "rep esq jr sr vs viz cf ed eds trans dept est inc ltd co corp"
_ABBREVIATIONS = frozenset(f"{_TITLES} {_OTHERS}".split())
# Abbreviations that a number follows.
_COUNTED = "no nos fig figs vol vols ch chap sec art pp approx jan feb mar apr jun jul aug sept sep oct nov dec"
_BEFORE_NUMBERS = frozenset(_COUNTED.split(" "))
# Ended by one of these and what closes behind them; the first character of what follows is looked at and not taken.
_END = re.compile(r"""([.!?…]+)(["'”’)\]»]*)\s+(?=["'“‘(\[«¿¡—–-]*[^\W_a-zß-öø-ÿ])""")
_LAST_WORD = re.compile(r"[^\W\d_]+$")


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph in order, without the white space around them; none for an empty text."""
    found = []
    start = 0
    for match in _END.finditer(text):
        if match[1] == "." and _goes_on(text, start, match):
            continue
        found.append(text[start : match.end(2)].strip())
        start = match.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def _goes_on(text: str, start: int, end: re.Match[str]) -> bool:
    """Whether a single full stop belongs to an abbreviation."""
    word = _LAST_WORD.search(text, start, end.start())
    if word is None:
        return False
    if word[0].lower() in _BEFORE_NUMBERS:
        return text[end.end()].isdigit()
    # A lone "I" ends a sentence more often than it abbreviates a name.
    return word[0].lower() in _ABBREVIATIONS or (len(word[0]) == 1 and word[0] != "I")
