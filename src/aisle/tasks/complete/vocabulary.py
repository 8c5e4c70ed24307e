"""The completer's own vocabulary: byte-level BPE, so that every text can be read and written exactly.

Source of the method: Sennrich et al. 2015 (arXiv 1508.07909) over bytes, as in GPT-2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import AddedToken, decoders, models, pre_tokenizers, trainers

from aisle.errors import UserError
from aisle.tasks.complete.marks import END, SPECIAL, SUBJECT, TEXT
from aisle.tasks.complete.threads import Thread


@dataclass(frozen=True, slots=True)
class CompleterVocabulary:
    """Pieces of text and their ids.

    A thread is written as `<subject> … <text> … <text> … <end>`: its subject if it has one, and each of its messages
    behind a mark. Every message starts with a space, so that a word has the same pieces wherever it stands.
    """

    fast: tokenizers.Tokenizer

    def __len__(self) -> int:
        return self.fast.get_vocab_size()

    @property
    def end_id(self) -> int:
        """The id of the token after the last message."""
        return SPECIAL.index(END)

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> CompleterVocabulary:
        """A vocabulary of `size` pieces from texts, made by always joining the most frequent pair.

        Raises
            UserError: `size` leaves no room beside the 256 bytes and the special tokens.
        """
        if size < 256 + len(SPECIAL):
            raise UserError(f"a vocabulary of {size} is too small; it needs {256 + len(SPECIAL)} for the bytes alone")
        fast = tokenizers.Tokenizer(models.BPE())
        fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        fast.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=[AddedToken(name, normalized=False, special=True) for name in SPECIAL],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        fast.train_from_iterator((f" {text}" for text in texts), trainer)
        return cls(fast)

    @classmethod
    def load(cls, directory: Path) -> CompleterVocabulary:
        """Read `tokenizer.json`.

        Raises
            UserError: it is missing, damaged or of another kind.
        """
        path = directory / "tokenizer.json"
        if not path.is_file():
            raise UserError(f"{directory} has no tokenizer.json, so it holds no completer")
        try:
            fast = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises plain Exception
            raise UserError(f"{path} cannot be read as a tokenizer ({error}); train the completer again") from error
        if [fast.id_to_token(number) for number in range(len(SPECIAL))] != list(SPECIAL):
            raise UserError(f"{path} is not a completer's vocabulary; train one with: aisle train completer")
        return cls(fast)

    def save(self, directory: Path) -> None:
        """Write `tokenizer.json`."""
        self.fast.save(str(directory / "tokenizer.json"))

    def encode(self, text: str) -> list[int]:
        """The pieces of a text that follows another one or a mark, as it is."""
        ids: list[int] = self.fast.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of pieces, special tokens left out."""
        text: str = self.fast.decode(list(ids), skip_special_tokens=True)
        return text

    def spellings(self) -> list[bytes]:
        """The bytes of every piece, by id; special tokens have none."""
        alphabet = _byte_of_letter()
        tokens = (self.fast.id_to_token(number) or "" for number in range(len(self)))
        return [bytes(alphabet[letter] for letter in token) if token not in SPECIAL else b"" for token in tokens]

    def threads(self, threads: Sequence[Thread]) -> NDArray[np.uint16]:
        """All threads one after the other (N,)."""
        parts = []
        for thread in threads:
            parts += [f"{SUBJECT} {thread.subject}"] if thread.subject else []
            parts += [f"{TEXT} {message}" for message in thread.messages]
            parts[-1] += END
        encoded = self.fast.encode_batch_fast(parts, add_special_tokens=False)
        return np.fromiter((number for one in encoded for number in one.ids), np.uint16)


def _byte_of_letter() -> dict[str, int]:
    """The byte for which each letter of a byte-level vocabulary stands: printable ones stand for themselves."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}
