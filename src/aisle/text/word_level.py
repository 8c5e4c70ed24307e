"""Whole words as tokens: what encoders over word vectors read.

A text is cleaned and lower-cased as for BERT and cut at white space and punctuation; what the vocabulary lacks is left
out, as averaged GloVe vectors and InferSent leave it out. Signs are no words: a full stop in every average would bring
all texts closer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import tokenizers
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers

from aisle.text.tokenizer import Tokenizer

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
"""The first ids of every vocabulary of words; only `[UNK]` is ever read, for a text without a known word."""
UNKNOWN = SPECIALS.index("[UNK]")
_NAMES = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]"}


def count_words(texts: Iterable[str], *, most: int, at_least: int) -> Tokenizer:
    """A tokenizer of the words among the `most` most frequent tokens that are seen `at_least` so often, in that order.

    A word has a letter or a digit. Of equally frequent ones the one that is first in the alphabet comes first, so that
    the same texts always have the same vocabulary.
    """
    fast = _plain(models.WordLevel({}, unk_token="[UNK]"))
    trainer = trainers.WordLevelTrainer(
        vocab_size=most + len(SPECIALS), min_frequency=at_least, special_tokens=list(SPECIALS), show_progress=False
    )
    fast.train_from_iterator(texts, trainer)
    ids = fast.get_vocab()
    tokens = sorted(ids, key=ids.__getitem__)[len(SPECIALS) :]
    return of_words([token for token in tokens if any(map(str.isalnum, token))])


def of_words(words: Sequence[str]) -> Tokenizer:
    """The tokenizer of these words, whose ids follow those of `SPECIALS`."""
    ids = {word: place for place, word in enumerate((*SPECIALS, *words))}
    fast = _plain(models.WordLevel(ids, unk_token="[UNK]"))
    fast.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    return Tokenizer(fast, _NAMES)


def known_words(ids: Sequence[Sequence[int]]) -> list[list[int]]:
    """The ids of the known words of each text; `[UNK]` alone where it has none, so that no text is empty."""
    return [[word for word in text if word >= len(SPECIALS)] or [UNKNOWN] for text in ids]


def _plain(model: models.WordLevel) -> tokenizers.Tokenizer:
    fast = tokenizers.Tokenizer(model)
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return fast
