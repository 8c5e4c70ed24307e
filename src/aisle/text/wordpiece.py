"""WordPiece, readable: the longest piece that fits, then the longest of what is left.

This is the tokenizer to read, to show and to test against; the fast one (`tokenizer.py`) gives the same ids.
Source: Devlin et al. 2018 (arXiv 1810.04805), section 3; the greedy search of google-research/bert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aisle.text import unicode_classes as unicode
from aisle.text.normalization import Normalization
from aisle.text.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Attempt:
    """One look into the vocabulary: is this part of the word, from `start` to `end`, a piece?"""

    start: int
    end: int
    piece: str
    found: bool


@dataclass(frozen=True, slots=True)
class SplitWord:
    """A word and its pieces, with every attempt on the way to them."""

    word: str
    attempts: tuple[Attempt, ...]
    pieces: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WordPiece:
    """BERT's tokenizer: normalise, split into words, split each word into pieces of the vocabulary."""

    vocabulary: Vocabulary
    """Every piece and its id."""
    normalization: Normalization = field(default_factory=Normalization)
    """What is done to the text before it is split."""
    unknown: str = "[UNK]"
    """The token for a word that the vocabulary cannot spell."""
    continuation: str = "##"
    """What a piece inside a word starts with."""
    longest_word: int = 100
    """A word of more characters is unknown; this bounds the time for a word."""
    whole_tokens: tuple[str, ...] = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    """Tokens that are taken as they are wherever a text has them, before anything else is done."""

    def tokenize(self, text: str) -> list[str]:
        """The pieces of a text, without `[CLS]` and `[SEP]` around them."""
        return [piece for word in self.words(text) for piece in word.pieces]

    def ids(self, text: str) -> list[int]:
        """The ids of the pieces."""
        return [self.vocabulary.ids[piece] for piece in self.tokenize(text)]

    def words(self, text: str) -> Iterator[SplitWord]:
        """Every word of a text with its pieces and the search that found them."""
        for part, is_whole in self.parts(text):
            if is_whole:
                yield SplitWord(part, (), (part,))
                continue
            for word in split_words(self.normalization(part)):
                yield self.split(word)

    def split(self, word: str) -> SplitWord:
        """Greedy longest match from the left. If anything is left that no piece spells, the whole word is unknown."""
        if len(word) > self.longest_word:
            return SplitWord(word, (), (self.unknown,))
        attempts: list[Attempt] = []
        start = 0
        while start < len(word):
            attempts.extend(self._attempts(word, start))
            if not attempts[-1].found:
                return SplitWord(word, tuple(attempts), (self.unknown,))
            start = attempts[-1].end
        return SplitWord(word, tuple(attempts), tuple(attempt.piece for attempt in attempts if attempt.found))

    def _attempts(self, word: str, start: int) -> Iterator[Attempt]:
        """Try the whole rest of the word, then one character less, until a piece is found."""
        prefix = self.continuation if start else ""
        for end in range(len(word), start, -1):
            piece = prefix + word[start:end]
            found = piece in self.vocabulary
            yield Attempt(start, end, piece, found)
            if found:
                return

    def parts(self, text: str) -> Iterator[tuple[str, bool]]:
        """The text cut at the special tokens written in it: (part, is it such a token)."""
        if not self.whole_tokens:
            yield text, False
            return
        longest_first = sorted(self.whole_tokens, key=len, reverse=True)
        pattern = "|".join(re.escape(token) for token in longest_first)
        for place, part in enumerate(re.split(f"({pattern})", text)):
            yield part, place % 2 == 1


def split_words(text: str) -> list[str]:
    """Words of a normalised text: runs between white space, and every punctuation character by itself."""
    words: list[str] = []
    current = ""
    for char in text:
        if char in unicode.SPACES or char in unicode.PUNCTUATION:
            if current:
                words.append(current)
            current = ""
            if char not in unicode.SPACES:
                words.append(char)
        else:
            current += char
    if current:
        words.append(current)
    return words
