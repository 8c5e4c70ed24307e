from __future__ import annotations

import pytest

from aisle.text.normalization import Normalization
from aisle.text.vocabulary import Vocabulary
from aisle.text.wordpiece import Attempt, WordPiece, split_words

from .vocabularies import TINY

TOKENIZER = WordPiece(vocabulary=TINY)


def test_a_word_is_split_into_the_longest_pieces_from_the_left() -> None:
    assert TOKENIZER.tokenize("Unhappiness") == ["un", "##happi", "##ness"]


def test_a_known_word_stays_whole() -> None:
    assert TOKENIZER.tokenize("I love machine learning") == ["i", "love", "machine", "learning"]


def test_ids_are_places_in_the_vocabulary() -> None:
    assert [TINY.tokens[place] for place in TOKENIZER.ids("oat milks")] == ["oat", "milk", "##s"]


def test_every_attempt_of_the_search_is_shown() -> None:
    split = WordPiece(vocabulary=Vocabulary(("[UNK]", "un", "##do"))).split("undo")
    assert split.attempts == (
        Attempt(0, 4, "undo", False),
        Attempt(0, 3, "und", False),
        Attempt(0, 2, "un", True),
        Attempt(2, 4, "##do", True),
    )
    assert split.pieces == ("un", "##do")


def test_a_word_that_cannot_be_spelt_to_its_end_is_unknown_as_a_whole() -> None:
    split = WordPiece(vocabulary=Vocabulary(("[UNK]", "un"))).split("undo")
    assert split.pieces == ("[UNK]",)
    assert [attempt.piece for attempt in split.attempts if attempt.found] == ["un"]


def test_a_word_longer_than_the_limit_is_unknown_without_a_search() -> None:
    assert TOKENIZER.split("a" * 100).pieces != ("[UNK]",)
    assert TOKENIZER.split("a" * 101) == TOKENIZER.split("a" * 101)
    assert TOKENIZER.split("a" * 101).pieces == ("[UNK]",)
    assert TOKENIZER.split("a" * 101).attempts == ()


def test_special_tokens_in_a_text_are_taken_as_they_are_and_only_in_capitals() -> None:
    assert TOKENIZER.tokenize("milk[SEP]oat") == ["milk", "[SEP]", "oat"]
    assert "[SEP]" not in TOKENIZER.tokenize("[sep]")


def test_without_special_tokens_brackets_are_punctuation() -> None:
    tokenizer = WordPiece(vocabulary=TINY, whole_tokens=(), normalization=Normalization(lower_case=False))
    assert tokenizer.tokenize("[a]") == ["[", "a", "]"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  ", []),
        ("oat milk", ["oat", "milk"]),
        ("mac-and-cheese", ["mac", "-", "and", "-", "cheese"]),
        ("2% milk!", ["2", "%", "milk", "!"]),
        ("a\u3000b\u2028c", ["a", "b", "c"]),
        ("…a…", ["…", "a", "…"]),
    ],
)
def test_words_end_at_white_space_and_punctuation(text: str, words: list[str]) -> None:
    assert split_words(text) == words
