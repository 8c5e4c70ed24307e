"""What the encoder is given, and how much of the texts it holds."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError
from aisle.text.tokenizer import Tokenizer
from aisle.text.truncation import pair_lengths


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """`[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]`."""

    ids: list[int]
    """T token ids."""
    tokens: list[str]
    """The same as pieces."""
    segments: list[int]
    """0 for the text, 1 for its pair, where the family has two segments."""
    sides: list[int]
    """0 for the text and 1 for its pair, whatever the family; special tokens go with the text before them."""
    special: list[bool]
    """Which of them frame the texts and stand for none."""
    read: tuple[int, int]
    """Pieces of the text and of its pair that are read."""
    cut: int
    """Pieces of both that did not fit."""


def tokens(tokenizer: Tokenizer, text: str, pair: str, *, limit: int) -> Tokens:
    """The input of the encoder, cut to `limit` tokens; a pair of white space is no pair.

    Raises
        UserError: the text is empty, or holds what no text can.
    """
    if not text.strip():
        raise UserError("there is no text to walk through; give at least one word")
    pairs = [pair] if pair.strip() else None
    batch = tokenizer.encode_batch([text], pairs, max_tokens=limit)
    ids = batch.ids[0]
    lengths = [len(row) - tokenizer.overhead for row in tokenizer.encode_batch([text, *(pairs or [])]).ids]
    first, second = (*lengths, 0)[:2]
    frame = len(ids) + batch.cut[0] - first - second
    read = pair_lengths(first, second, limit - frame)
    # One special token begins and one ends; those between the two texts are counted to the first.
    special = [True, *[False] * read[0], *[True] * (frame - 2), *[False] * read[1], True] if pairs else []
    return Tokens(
        ids=ids,
        tokens=tokenizer.tokens(ids),
        segments=batch.segments[0] if batch.segments else [0] * len(ids),
        sides=[int(bool(pairs) and place >= 1 + read[0] + frame - 2) for place in range(len(ids))],
        special=special or [True, *[False] * read[0], True],
        read=read,
        cut=batch.cut[0],
    )
