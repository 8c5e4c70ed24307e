"""From words to the keys under which the lexical index holds them.

A key is 64 bits of a hash over a kind and a text, so that a vocabulary of any size is one sorted array. Kinds: a word,
a pair of words that stand side by side, and whole values (number, title, brand, attribute) for exact matches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from aisle.text.plurals import fold_plural
from aisle.text.words import normalize, words

_SIZE = re.compile(r"(\d[\d./-]*)([^\W\d_]+|%)")
_PART = re.compile(r"\d[\d./-]*(?:[^\W\d_x]+|%)?")
_DIMENSION = re.compile(rf"{_PART.pattern}(?:x{_PART.pattern})+")
_COLON = re.compile(r"\s*:\s*")
_NOT_ALNUM = re.compile(r"[\W_]+")

_SMALL = "a an and by for from in of on or the to with x"
STOP_WORDS = frozenset(_SMALL.split())
"""Words that a product may lack and still hold "all words" of a query. They are searched for all the same."""
_TALK = """
    about after all also am any anything are around as ask at be because been before best better between big both but
    buy can cheap cheapest could day days did do does easy enough every everything few find gift gifts give go good
    great had has have healthy help her here him his how i idea ideas if into is it its just kind large less like little
    look looking made make many may me more most much must my need needs new nice no not now one ones only other our
    out over perfect please put quick recipe same see she should show small so some someone something soon stuff such
    take than that their them then there these they thing things this those today tomorrow tonight too top under use
    using very want wants was we week well were what when where which while who why will without would yes you your
"""
TALK = STOP_WORDS | frozenset(_TALK.split())
"""Words of people who say what they need in a sentence. One that no product has is not taken for a misspelt other."""


@lru_cache(maxsize=65_536)
def forms(word: str) -> tuple[str, ...]:
    """What a canonical word is indexed and searched as; the first form is the whole word, others are parts of a size.

    "12in" is also 12, for many shoppers leave the unit out; "2inx4in" is 2x4, 2in, 2, 4in and 4; plurals are folded.
    """
    if not word[0].isdigit():
        return (fold_plural(word),)
    if _DIMENSION.fullmatch(word):
        parts = word.split("x")
        bare = "x".join(_amount(part) for part in parts)
        return (bare, *dict.fromkeys(form for part in parts for form in forms(part)))
    amount = _amount(word)
    return (word,) if amount == word else (word, amount)


def _amount(size: str) -> str:
    match = _SIZE.fullmatch(size)
    return match[1] if match else size


def _key(kind: str, text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8, person=kind.encode()).digest(), "little")


def word_key(form: str) -> int:
    """Key of one form of a word."""
    return _key("word", form)


@lru_cache(maxsize=65_536)
def word_keys(word: str) -> tuple[int, ...]:
    """Keys of all forms of a canonical word."""
    return tuple(map(word_key, forms(word)))


def pair_key(left: str, right: str) -> int:
    """Key of two canonical words side by side, each in its first form."""
    return _key("pair", f"{forms(left)[0]} {forms(right)[0]}")


def title_key(title: str, title_words: Sequence[str] | None = None) -> int:
    """Key of a whole title; the same for titles that differ in case, punctuation or spelling of sizes.

    `title_words` are its canonical words, where they are at hand.
    """
    return _key("title", _folded(title, words(title) if title_words is None else title_words))


@lru_cache(maxsize=65_536)
def brand_key(brand: str) -> int:
    """Key of a whole brand name."""
    return _key("brand", _folded(brand, words(brand)))


def number_key(product_id: str) -> int:
    """Key of a product number as people type it: without case, spaces and dashes."""
    return _key("number", _NOT_ALNUM.sub("", normalize(product_id)) or product_id)


def id_key(product_id: str) -> int:
    """Key of a product number to the letter."""
    return _key("id", product_id)


def attribute_key(attribute: str) -> int:
    """Key of a whole attribute, whatever its case and the spaces around its colon."""
    return _key("attribute", _COLON.sub(": ", normalize(attribute)))


def fact_key(fact: str, value: str) -> int:
    """Key of a fact that filters ask for, for engines that keep all of them as numbers."""
    return _key(f"fact {fact}", value)


def _folded(text: str, text_words: Sequence[str]) -> str:
    # A text of emoji or signs alone has no words and stands for itself.
    return " ".join(forms(word)[0] for word in text_words) or normalize(text)
