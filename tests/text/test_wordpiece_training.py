from __future__ import annotations

import pytest

from aisle.errors import UserError
from aisle.text.tokenizer import Tokenizer
from aisle.text.wordpiece_training import SPECIAL, train_wordpiece

TEXTS = ["The oat milk and the oat bread", "The milk of the oats, unbelievably Milky Ärger"] * 5


def test_special_tokens_come_first_and_frequent_words_are_whole() -> None:
    vocabulary = train_wordpiece(lambda: TEXTS, 100)
    assert vocabulary.tokens[:5] == SPECIAL
    assert {"the", "oat", "milk"} <= set(vocabulary.tokens)
    assert "##y" in vocabulary
    assert len(vocabulary) <= 100


def test_the_same_texts_make_the_same_vocabulary() -> None:
    assert len({train_wordpiece(lambda: TEXTS, 90).tokens for _ in range(8)}) == 1


def test_every_text_of_the_corpus_can_be_spelt() -> None:
    tokenizer = Tokenizer.of_vocabulary(train_wordpiece(lambda: TEXTS, 100))
    batch = tokenizer.encode_batch(TEXTS)
    assert all(tokenizer.special.unk not in ids for ids in batch.ids)
    assert batch.ids == [[tokenizer.special.cls, *ids, tokenizer.special.sep] for ids in tokenizer.pieces(TEXTS)]


def test_capitals_are_kept_if_asked_for() -> None:
    assert "The" in train_wordpiece(lambda: TEXTS, 100, lower_case=False)
    assert "The" not in train_wordpiece(lambda: TEXTS, 100)


def test_more_letters_than_are_kept_are_unknown() -> None:
    tokenizer = Tokenizer.of_vocabulary(train_wordpiece(lambda: [*TEXTS, "ж"], 100, alphabet=10))
    assert tokenizer.special.unk in tokenizer.encode_batch(["ж"]).ids[0]


@pytest.mark.parametrize(("texts", "size", "message"), [([], 100, "no text"), (TEXTS, 10, "too small")])
def test_what_makes_no_vocabulary_is_refused(texts: list[str], size: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        train_wordpiece(lambda: texts, size)
