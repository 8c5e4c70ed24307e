"""What the encoder is given, and what it is not given any more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aisle.inspection.inspector import Inspector
from aisle.inspection.tokens import tokens


def test_a_text_is_framed(inspector: Inspector) -> None:
    read = inspector.tokens("oat milk")
    assert read.tokens == ["[CLS]", "oat", "milk", "[SEP]"]
    assert read.special == [True, False, False, True]
    assert read.segments == read.sides == [0, 0, 0, 0]
    assert (read.read, read.cut) == ((2, 0), 0)


def test_a_pair_is_framed_and_knows_its_sides(inspector: Inspector) -> None:
    read = inspector.tokens("oat milk", "butter")
    assert read.tokens == ["[CLS]", "oat", "milk", "[SEP]", "butter", "[SEP]"]
    assert read.segments == read.sides == [0, 0, 0, 0, 1, 1]
    assert read.special == [True, False, False, True, False, True]
    assert read.read == (2, 1)


def test_a_pair_of_white_space_is_no_pair(inspector: Inspector) -> None:
    assert inspector.tokens("milk", "  ") == inspector.tokens("milk")


def test_a_special_token_written_in_the_text_is_text(inspector: Inspector) -> None:
    read = inspector.tokens("milk [SEP] bread", "oat")
    assert read.tokens == ["[CLS]", "milk", "[SEP]", "bread", "[SEP]", "oat", "[SEP]"]
    assert read.special == [True, False, False, False, True, False, True]
    assert read.sides == [0, 0, 0, 0, 0, 1, 1]


@given(first=st.integers(1, 90), second=st.integers(0, 90), limit=st.integers(8, 64))
def test_what_is_read_and_what_is_cut_is_all_there_was(
    inspector: Inspector, first: int, second: int, limit: int
) -> None:
    read = tokens(inspector.tokenizer, "milk " * first, "oat " * second, limit=limit)
    assert len(read.ids) <= limit
    assert sum(read.read) + read.cut == first + second
    assert len(read.special) == len(read.sides) == len(read.segments) == len(read.tokens) == len(read.ids)
    assert read.special.count(False) == sum(read.read)
    assert [token for token, special in zip(read.tokens, read.special, strict=True) if not special] == (
        ["milk"] * read.read[0] + ["oat"] * read.read[1]
    )
