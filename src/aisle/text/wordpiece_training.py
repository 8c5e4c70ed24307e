"""A WordPiece vocabulary from a corpus: pieces that, put together, spell its words with few tokens.

The merging is that of Hugging Face `tokenizers`; normalisation and words are BERT's, as when the vocabulary is used.
By itself the library numbers letters in an order that changes from run to run, and with it which of two equally
frequent pairs is merged first. Here letters are counted and numbered beforehand, so the same text makes the same
vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import tokenizers
from tokenizers import models, normalizers, pre_tokenizers, trainers

from aisle.errors import UserError
from aisle.text.vocabulary import Vocabulary

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LEAST = 64


def train_wordpiece(
    read: Callable[[], Iterable[str]],
    vocab_size: int,
    *,
    lower_case: bool = True,
    min_frequency: int = 2,
    alphabet: int = 1_000,
) -> Vocabulary:
    """A vocabulary of at most `vocab_size` pieces, special tokens (ids 0 to 4) and letters among them.

    `read` gives the texts and is called twice: for the letters, then for the words. Only counts are kept.
    `alphabet` is how many different characters are kept, the most frequent ones; a word with another one is `[UNK]`.

    Raises
        UserError: the size leaves no room, or there is no text.
    """
    if vocab_size < _LEAST:
        raise UserError(f"a vocabulary of {vocab_size} pieces is too small; give at least {_LEAST}")
    fast = tokenizers.Tokenizer(models.WordPiece(unk_token=SPECIAL[1]))
    fast.normalizer = normalizers.BertNormalizer(lowercase=lower_case)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in read():
        counts.update(fast.normalizer.normalize_str(text))
    for space in [letter for letter in counts if letter.isspace()]:
        del counts[space]
    if not counts:
        raise UserError("the corpus holds no text to make a vocabulary from")
    most = sorted(counts, key=lambda letter: (-counts[letter], letter))[: min(alphabet, vocab_size // 3)]
    # Punctuation is a word by itself and continues none.
    continuing = [f"##{letter}" for letter in sorted(most) if letter.isalnum()]
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        limit_alphabet=len(most),
        initial_alphabet=sorted(most),
        special_tokens=[*SPECIAL, *continuing],
        show_progress=False,
    )
    fast.train_from_iterator(read(), trainer)
    return Vocabulary.of(fast.get_vocab())
