from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aisle.suggest.matching import MAX_TYPED_CHARACTERS, fold, highlight, locate, typed_key, word_starts

TEXT = st.text(max_size=60)
SHOP_TEXT = st.text(alphabet="ab7 2%&'’-,.é/ıﬁ½", max_size=20)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Häagen-Dazs", "haagen dazs"),
        ("Ben & Jerry's", "ben and jerrys"),
        ("ben and jerry’s", "ben and jerrys"),
        ("M&M's", "m and ms"),
        ("7 Up", "7up"),
        ("7up", "7up"),
        ("2 % milk", "2% milk"),
        ("500 g", "500g"),
        ("1,000 pieces", "1000pieces"),
        ("Crème   brûlée!", "creme brulee"),
        ("dr. pepper", "dr pepper"),
        ("25.4 mm", "25.4mm"),
        ("1/2 in. bolt", "1/2in bolt"),
        ("🍕 pizza", "🍕 pizza"),
        ("size 1 diapers", "size 1diapers"),
        ("!?.,", ""),
        ("\ud800 milk\x00", "milk"),
    ],
)
def test_spellings_share_a_key(text: str, key: str) -> None:
    assert fold(text) == key


@settings(deadline=None)
@given(st.one_of(TEXT, SHOP_TEXT))
@example("a\u0300\u0301 7 \u0300up")
def test_a_key_is_its_own_key_and_holds_no_stray_space(text: str) -> None:
    key = fold(text)
    assert fold(key) == key
    assert key == key.strip()
    assert "  " not in key
    assert "\0" not in key
    key.encode()


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ice C", "ice c"),
        ("ice ", "ice "),
        ("ice,", "ice "),
        ("  ice", "ice"),
        ("7 ", "7"),
        ("2 %", "2%"),
        ("2 % ", "2% "),
        ("ben & ", "ben and "),
        ("jerry'", "jerry"),
        ("   ", ""),
        ("", ""),
        ("x" * (MAX_TYPED_CHARACTERS + 1), ""),
    ],
)
def test_a_space_after_a_word_says_that_it_is_complete(typed: str, key: str) -> None:
    assert typed_key(typed) == key


@pytest.mark.parametrize(
    ("text", "typed", "at"),
    [
        ("vanilla ice cream", "ice c", 8),
        ("vanilla ice cream", "vanilla ice cream", 0),
        ("vanilla ice cream", "cream v", -1),
        ("vanilla ice cream", "anilla", -1),
        ("vanilla ice cream", "ice  cr", 8),
        ("rice", "ice", -1),
        ("rice ice", "ice", 5),
        ("iced tea", "ice ", -1),
        ("milk", "milk ", 0),
        ("oat milk", "milk ", 4),
        ("7up", "7 up", 0),
        ("7 up", "7up", 0),
        ("7 up", "up", 1),
        ("size 1 diapers", "diap", 6),
        ("1080p tv", "p", -1),
        ("coca-cola", "cola", 5),
        ("coca-cola", "coca cola", 0),
        ("crème brûlée", "creme b", 0),
        ("creme brulee", "crème b", 0),
    ],
)
def test_what_is_typed_must_stand_at_the_start_of_a_word_as_one_piece(text: str, typed: str, at: int) -> None:
    assert locate(fold(text), typed_key(typed)) == at


@settings(deadline=None)
@given(st.one_of(TEXT, SHOP_TEXT))
def test_every_word_start_is_where_its_rest_is_located(text: str) -> None:
    key = fold(text)
    starts = word_starts(key)
    assert starts[:1] == ([0] if key else [])
    for start in starts:
        found = locate(key, key[start:])
        assert found in starts
        assert key[found:].startswith(key[start:])


def shown(text: str, typed: str) -> str:
    key, typed = fold(text), typed_key(typed)
    at = locate(key, typed)
    start, end = highlight(text, key, at, at + len(typed.rstrip()))
    return f"{text[:start]}[{text[start:end]}]{text[end:]}"


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("vanilla ice cream", "ice c", "vanilla [ice c]ream"),
        ("7 up", "7u", "[7 u]p"),
        ("7 up", "up", "7 [up]"),
        ("cherry 7 up zero", "7up z", "cherry [7 up z]ero"),
        ("coca-cola zero", "cola z", "coca-[cola z]ero"),
        ("Ben & Jerry's pint", "ben and jerrys", "[Ben & Jerry's] pint"),
        ("Ben & Jerry's pint", "pint", "Ben & Jerry's [pint]"),
        ("Crème brûlée", "creme b", "[Crème b]rûlée"),
        ("tea, green, (loose)", "green lo", "tea, [green, (lo]ose)"),
        ("Cafe\u0301 noir", "cafe", "[Cafe\u0301] noir"),
        ("straße", "stras", "[straß]e"),
        ("milk", "milk ", "[milk]"),
    ],
)
def test_the_typed_part_is_highlighted_in_the_text_as_shown(text: str, typed: str, marked: str) -> None:
    assert shown(text, typed) == marked


@settings(deadline=None)
@given(st.one_of(TEXT, SHOP_TEXT), st.data())
def test_the_highlighted_part_lies_in_the_text_and_covers_what_was_typed(text: str, data: st.DataObject) -> None:
    key = fold(text)
    if not key:
        return
    start = data.draw(st.sampled_from(word_starts(key)))
    end = data.draw(st.integers(start, len(key)))
    first, last = highlight(text, key, start, end)
    assert 0 <= first <= last <= len(text)
    # What stands before the part and the part together are at least as far into the key as what was typed.
    assert len(fold(text[:last])) >= len(key[:end].rstrip()) or end == start
