"""Every code point of Unicode is sorted as the fast tokenizer sorts it, whatever Python's own database says."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

import pytest
from tokenizers import normalizers, pre_tokenizers

from aisle.text.normalization import Edit, clean, lower_case, space_cjk, strip_accents
from aisle.text.unicode_classes import UNKNOWN_TO_NFD
from aisle.text.wordpiece import split_words

# Planes 4 to 13 hold nothing and 15 and 16 are private: every 61st code point of those stands for the rest.
ASSIGNED = [*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xE1000)]
CHARACTERS = [chr(code) for code in [*ASSIGNED, *range(0x40000, 0xE0000, 61), *range(0xE1000, 0x110000, 61)]]


def bert(**steps: bool) -> normalizers.BertNormalizer:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**(off | steps))


STEPS: dict[str, tuple[Callable[[str], Iterator[Edit]], normalizers.BertNormalizer]] = {
    "clean": (clean, bert(clean_text=True)),
    "space_cjk": (space_cjk, bert(handle_chinese_chars=True)),
    "strip_accents": (strip_accents, bert(strip_accents=True)),
    "lower_case": (lower_case, bert(lowercase=True)),
}


def chunks(template: str, characters: list[str] = CHARACTERS) -> Iterator[str]:
    """Every character in its setting, a few thousand at a time: asking one by one would take minutes."""
    for start in range(0, len(characters), 4096):
        yield "".join(template.format(char) for char in characters[start : start + 4096])


@pytest.mark.parametrize("name", STEPS)
def test_every_character_is_treated_as_the_fast_tokenizer_treats_it(name: str) -> None:
    ours, fast = STEPS[name]
    for text in chunks("{}1"):
        made = "".join(edit.after for edit in ours(text))
        assert made.split("1") == fast.normalize_str(text).split("1"), "make the tables again: unicode_tables.py"


def test_every_character_separates_words_as_for_the_fast_tokenizer() -> None:
    fast = pre_tokenizers.BertPreTokenizer()
    for text in chunks("{}1"):
        assert split_words(text) == [piece for piece, _ in fast.pre_tokenize_str(text)]


# What decomposition and the order of marks have to do with.
MARKED = [c for c in CHARACTERS if unicodedata.combining(c) or unicodedata.decomposition(c) or c in UNKNOWN_TO_NFD]


@pytest.mark.parametrize("template", ["a{}\u0334\u0316", "a\u0301{}", "\u1e9b\u0323{}\u05b0"])
def test_marks_around_any_character_are_put_in_the_same_order(template: str) -> None:
    # Marks of other combining classes before and behind; a spacing mark (U+302E) has a class and is not dropped.
    fast = bert(strip_accents=True)
    for text in chunks(template + "\u302e1", MARKED):
        assert "".join(edit.after for edit in strip_accents(text)) == fast.normalize_str(text)
