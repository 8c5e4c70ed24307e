"""Whole words as tokens."""

from __future__ import annotations

from pathlib import Path

from aisle.text.tokenizer import Tokenizer
from aisle.text.word_level import SPECIALS, UNKNOWN, count_words, known_words, of_words


def test_frequent_words_come_first_and_rare_ones_not_at_all(tmp_path: Path) -> None:
    texts = ["The milk, the bread", "the Crème-brûlée milk", "apple bread zebra"]
    tokenizer = count_words(texts, most=100, at_least=2)
    assert tokenizer.tokens(range(tokenizer.vocab_size)) == [*SPECIALS, "the", "bread", "milk"]  # no signs
    assert count_words(texts, most=3, at_least=1).tokens([4, 5]) == ["the", "bread"]
    tokenizer.save(tmp_path)
    again = Tokenizer.load(tmp_path)
    assert again.encode_batch(["Bread of the milk"]).ids == [[2, 5, 1, 4, 6, 3]]


def test_accents_case_and_punctuation_are_folded_away() -> None:
    tokenizer = of_words(["creme", "brulee", "-"])
    assert known_words(tokenizer.encode_batch(["CRÈME-brûlée", "of", ""]).ids) == [[4, 6, 5], [UNKNOWN], [UNKNOWN]]
