"""Canonical words: one spelling for every way of writing a size, and nothing lost of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.text.words import normalize, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Crème\tBRÛLÉE ", "creme brulee"),
        ("Ben’s “Best” – 1½ l", 'ben\'s "best" - 1 1/2 l'),
        ("Lysol™ ﬁne", "lysol fine"),
        ("Straße Ærø", "strasse aero"),
        ("½ × 2", "1/2 x 2"),
        ("हिन्दी", "हिन्दी"),
        ("", ""),
    ],
)
def test_normalize_folds_what_nobody_types(text: str, expected: str) -> None:
    assert normalize(text) == expected


@given(st.text())
def test_normalize_is_stable_and_single_spaced(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert once == " ".join(once.split())


@pytest.mark.parametrize(
    "same",
    [
        ("500 g", "500g", "500-gram", "500 grams", "500 GMS."),
        ("2%", "2 %", "2 percent", "2.0%"),
        ("6-pack", "6 pack", "6pk", "pack of 6", "Pack Of 6"),
        ("12 in.", '12"', "12 inch", "12-inch", "12 inches", "12''", "12”"),
        ("1 1/2 in.", '1-1/2"', "1½ inch"),
        ("16.9 fl. oz.", "16.9 fl oz", "16.9 Fluid Ounces", "16.90floz"),
        ("7.2 cu. ft.", "7.2 cubic feet", "7.2cuft"),
        ("12x24", "12 x 24", "12 by 24", "12 × 24"),
        ("12 in. x 24 in.", '12"x24"', "12in x 24in", "12 inch by 24 inch"),
        ("0.5 l", ".5L", "0.50 litre"),
        ("1,000-piece", "1000 pieces", "1000pcs"),
        ("3-in-1", "3 in 1", "3in1"),
    ],
)
def test_one_size_is_one_word_however_it_is_written(same: tuple[str, ...]) -> None:
    assert {tuple(words(text)) for text in same} == {tuple(words(same[0]))}
    assert len(words(same[0])) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Milk, 2 % fat", ["milk", "2%", "fat"]),
        ("25.4mm bolt", ["25.4mm", "bolt"]),
        ("1/2 barb", ["1/2", "barb"]),
        ('2" x 4" x 8 ft.', ["2inx4inx8ft"]),
        ("3.5cu washer", ["3.5cu", "washer"]),
        ("12 3/2", ["12", "3/2"]),
        ("007", ["007"]),
        ("WD-40 iPhone8 B12", ["wd", "40", "iphone8", "b12"]),
        ("Ben & Jerry's", ["ben", "and", "jerrys"]),
        ("M&M's", ["m&ms"]),
        ("U.S.A. flag", ["usa", "flag"]),
        ("the 80's", ["the", "80s"]),
        ('"omega 3"', ["omega", "3"]),
        ("4 in stock", ["4", "in", "stock"]),
        ("1,2,3", ["1", "2", "3"]),
        ("3-4 lbs", ["3", "4lb"]),
        ("牛乳 500ml", ["牛", "乳", "500ml"]),
        ("हिन्दी", ["हिन्दी"]),
        ("🍎 !!", []),
        ("", []),
    ],
)
def test_words_of(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_words_are_never_empty_and_hold_no_space(text: str) -> None:
    assert all(word and not any(sign.isspace() for sign in word) for word in words(text))


@given(st.text(alphabet="abc xyz,.-!", max_size=40))
def test_every_letter_of_plain_text_ends_up_in_a_word(text: str) -> None:
    letters = [sign for sign in text if sign.isalpha()]
    assert [sign for word in words(text) for sign in word] == letters


@given(st.from_regex(r"[0-9 x/.,'\"%a-c-]{0,60}", fullmatch=True))
def test_no_digit_but_padding_is_lost(text: str) -> None:
    kept = "".join(words(text))
    for digit in "123456789":
        assert kept.count(digit) == text.count(digit)


@pytest.mark.parametrize("text", ["1" * 10_000, "1 1/" * 3_000, "x".join(["12"] * 3_000), "a.b." * 3_000, '5"' * 5_000])
def test_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    assert words(text)
