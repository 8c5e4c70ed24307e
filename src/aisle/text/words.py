"""Text into canonical words: one analysis for lexical search and for suggestions, at build and at query time.

Shop text is full of sizes, and people write one size in many ways. Here "500 g", "500g" and "500-gram" are one word,
"500g"; so are "6 pack", "6-pack" and "pack of 6". Stemming is not done here: it belongs to search alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from aisle.text.units import UNIT_PATTERN, unit_name

_FOLDED = str.maketrans(
    {
        "’": "'", "‘": "'", "‛": "'", "`": "'", "´": "'", "′": "'", "ʹ": "'", "ʼ": "'", "＇": "'",
        "“": '"', "”": '"', "„": '"', "″": '"', "＂": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
        "⁄": "/", "∕": "/", "×": "x", "✕": "x",
        # Letters that Unicode does not take apart into a plain letter and an accent.
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i",
        "µ": "u", "μ": "u",
        # NFKC would glue these to the word before them ("lysoltm").
        "™": " ", "®": " ", "©": " ", "℠": " ",
    }
)  # fmt: skip
_FRACTION_SIGNS = re.compile(r"(\d)([¼-¾⅐-⅞↉])")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_VOWEL_SIGNS = r"[\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+")


def normalize(text: str) -> str:
    """Fold away what a searcher cannot be expected to type: NFKC, lower case, no accents, plain apostrophes and dashes.

    White space is collapsed to single spaces. Accents are taken off Latin, Greek and Cyrillic letters; the vowel signs
    of other scripts are part of their words and stay. Applying it twice changes nothing.
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    text = _FRACTION_SIGNS.sub(r"\1 \2", _UNSEEN.sub("", text)).translate(_FOLDED)
    text = unicodedata.normalize("NFKC", text).lower()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return " ".join(unicodedata.normalize("NFC", text.translate(_FOLDED)).split())


_NUMBER = r"(?:(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?|\.\d+)"
_AMOUNT = rf"(?:\d+[- ]\d+/\d+|\d+/\d+|{_NUMBER})"
_MEASURE = rf"{_AMOUNT}(?:[ -]?{UNIT_PATTERN})?"
_TIMES = r"(?: ?x ?| by )"
_SPACELESS = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # scripts without spaces: one sign, one word


def _patterns(word: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds words in text without digits, and words (group 3), codes (2) and sizes (1) in text with them."""
    sizes = re.compile(
        rf"(?<![^\W_])(?:({_MEASURE}(?:{_TIMES}{_MEASURE})*(?!\.\d)(?:(?<=[%\"'°.])|(?![^\W_])))"
        rf"|({_NUMBER}[a-z]+(?![^\W_])))|({word})"
    )
    return re.compile(word), sizes


_ANY_WORD = rf"(?:(?!{_SPACELESS})[^\W_]|{_VOWEL_SIGNS})+"
_PLAIN_ASCII = _patterns(r"[a-z0-9]+(?:&[a-z0-9]+)?")  # three times as fast, and most shop text is such
_PLAIN_ANY = _patterns(rf"{_SPACELESS}|{_ANY_WORD}(?:&{_ANY_WORD})?")
_PARTS = re.compile(rf"(?P<amount>{_AMOUNT})(?:[ -]?(?P<unit>{UNIT_PATTERN}))?(?:{_TIMES}(?=[\d.]))?")
_MIXED = re.compile(r"(\d+)[- ](\d+)/(\d+)")
_ACRONYM = re.compile(r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?")
_QUOTED = re.compile(r"""(?<![^\s(])(["'])(\S[^"']*)\1(?![^\s,.;:!?)])""")
_APOSTROPHE = re.compile(r"(?<!\d)'|'(?=[^\W\d_](?!\s*\d))")
_DIGIT = re.compile(r"\d")
_IN = re.compile(r"[ -]in[ -](?:1|one)")
_PACK_OF = re.compile(r"\bpacks? of (\d+)\b")
_ALL_IN_ONE = re.compile(r"\b(\d+)[ -]in[ -](?:1|one)\b(?![/.]\d)")


def words(text: str) -> list[str]:
    """The normalised words of a text, in order, with numbers, units and dimensions in one canonical spelling.

    "Milk, 2 % fat" gives milk, 2%, fat; "1 1/2 in. elbow" gives 1-1/2in, elbow; '2" x 4" x 8 ft.' gives 2inx4inx8ft;
    "Ben & Jerry's" gives ben, and, jerrys. Punctuation and emoji give no words.
    """
    text = normalize(text)
    if "&" in text:
        text = text.replace(" & ", " and ")
    if "." in text:
        text = _ACRONYM.sub(lambda match: match.group().replace(".", ""), text)
    words_only, words_and_sizes = _PLAIN_ASCII if text.isascii() else _PLAIN_ANY
    if _DIGIT.search(text) is None:
        return words_only.findall(text.replace("'", ""))
    if "'" in text or '"' in text:
        # A quoted phrase is no measure in inches, and 80's no measure in feet.
        text = _APOSTROPHE.sub("", _QUOTED.sub(r" \2 ", text).replace("''", '"'))
    if "pack" in text:
        text = _PACK_OF.sub(r"\1 pack", text)
    if _IN.search(text):
        text = _ALL_IN_ONE.sub(r"\1in1", text)
    found: list[str] = []
    for size, code, word in words_and_sizes.findall(text):
        if word:
            found.append(word)
        else:
            found.extend(_size_words(size) if size else (_plain_number(code),))
    return found


@lru_cache(maxsize=16_384)
def _size_words(size: str) -> tuple[str, ...]:
    """One word for a measure or a dimension; two when a number and a fraction only happened to stand side by side."""
    before: list[str] = []
    parts: list[str] = []
    for match in _PARTS.finditer(size):
        amount, unit = match["amount"], match["unit"]
        if mixed := _MIXED.fullmatch(amount):
            whole, over, under = mixed.groups()
            if int(over) < int(under):
                amount = f"{whole}-{over}/{under}"
            else:
                (parts if parts else before).append(whole)
                amount = f"{over}/{under}"
        parts.append(_plain_number(amount) + (unit_name(unit) if unit else ""))
    return (*before, "x".join(parts))


def _plain_number(number: str) -> str:
    """1,000 is 1000, 2.50 is 2.5 and .5 is 0.5; a whole number keeps its zeros, for it may be a code."""
    number = number.replace(",", "")
    if "." not in number:
        return number
    if number.startswith("."):
        number = "0" + number
    digits = re.match(r"(\d+)\.(\d+)", number)
    assert digits is not None
    decimals = digits[2].rstrip("0")
    return digits[1] + ("." + decimals if decimals else "") + number[digits.end() :]
