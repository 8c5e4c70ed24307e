"""The readable tokenizer and the fast one give the same ids for every string there is."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aisle.text.tokenizer import Tokenizer
from aisle.text.wordpiece import WordPiece

from .vocabularies import PIECES, TINY, real_checkpoint

KINDS = ["tiny uncased", "tiny cased"] + (["all-MiniLM-L6-v2"] if real_checkpoint() else [])


@cache
def tokenizers(kind: str) -> tuple[Tokenizer, WordPiece]:
    real = real_checkpoint()
    if kind.startswith("all") and real:
        fast = Tokenizer.load(real)
    else:
        fast = Tokenizer.of_vocabulary(TINY, lower_case=kind.endswith("uncased"))
    return fast, fast.readable()


def assert_same(kind: str, text: str) -> None:
    fast, readable = tokenizers(kind)
    plain = fast.fast.encode(text, add_special_tokens=False)
    assert readable.tokenize(text) == plain.tokens
    assert readable.ids(text) == plain.ids
    # What the package uses, with its memory of words: it must not matter what it saw before.
    assert fast.encode_batch([text]).ids == [fast.fast.encode(text).ids]
    assert readable.normalization(text) == fast.normalize(text)


anything = st.text(st.characters(exclude_categories=["Cs"]))
awkward = st.lists(
    st.sampled_from(
        [
            *"aAéÉßİıſΣς \t\n\r\v\f\0",
            *"\x1c\x7f\x85\xa0\u2028\u2029\u3000\u200b\u200d\ufeff\ufffd\ufe0f",  # white space and what looks like it
            *"\u0301\u0327\u0334\u0345\u0344\u05b0\u0f73\u3099\u1abf\u302e\U0001d165",  # marks of many classes
            *"\u1e9b\u0323각\u1100\u1161\u2126\u212bﬁ",  # what decomposes, and what only looks so
            *"中文㐀\uf900\U00020000\U0002b81f\U0002b920\U0002ceb0",  # ideographs and the edges of their blocks
            *"👍🏽👨‍👩‍👧🇨🇭🥑",  # emoji, of one code point and of several
            *"-_'\"#[]()%$€.،។\u2e52",  # punctuation, old and new
            *"\ue000\U000e0041\U0010ffff\u0378",  # private, tag, last, and unassigned code points
            *["[SEP]", "[MASK]", "##", "[", "CLS", "[UNK]"],
        ]
    )
).map("".join)
words = st.lists(st.sampled_from([*(p.strip("#") for p in PIECES), "Milk", "MÄC", "x" * 99, "y" * 101]), max_size=8)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(anything, awkward, words.map(" ".join), words.map("".join)))
@example(text="")
@example(text=" ")
@example(text="a" * 100)
@example(text="a" * 101)
@example(text="supercalifragilistic" * 10)
@example(text="e\u0301" * 100)
@example(text="naïve café, 100% crème brûlée")
@example(text="[CLS] milk[SEP]oat [MASK]s [sep]")
@example(text="中文字 and 日本語")
@example(text="\x00\x01\x02 \x1f\x7f")
@example(text="I love machine learning")
def test_readable_and_fast_agree(kind: str, text: str) -> None:
    assert_same(kind, text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_of_200_characters_is_one_unknown_token(kind: str) -> None:
    assert tokenizers(kind)[1].tokenize("x" * 200) == ["[UNK]"]
    assert_same(kind, "x" * 200)
    assert_same(kind, f"milk {'x' * 200} oat")
