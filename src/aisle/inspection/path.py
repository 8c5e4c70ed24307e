"""The path of a string to its pieces: each change of normalisation, each attempt of the greedy longest match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aisle.errors import UserError
from aisle.text.normalization import Step
from aisle.text.tokenizer import Tokenizer
from aisle.text.wordpiece import SplitWord, WordPiece, split_words

NAMES = {
    "clean": "control characters and white space",
    "space_cjk": "spaces around CJK characters",
    "strip_accents": "accents",
    "lower_case": "lower case",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TextPath:
    """From a string to its pieces."""

    text: str
    """As it was given."""
    changes: list[dict[str, Any]]
    """Each step of normalisation that changed something: `step`, `before`, `after`, and its single `edits` as
    `[place in before, what stood there, what stands there now]`; None for a tokenizer that does not tell them."""
    normalized: str
    """What is split into words."""
    written_tokens: list[str]
    """Special tokens that are written in the text itself; they are taken as they are, before anything else is done."""
    words: list[dict[str, Any]]
    """`word`, its `pieces`, and the `tries` that found them; only words that the encoder reads, at least in part."""
    words_cut: int
    """Words of which the encoder reads nothing."""
    pieces_read: int
    """Pieces that the encoder reads."""
    pieces_cut: int
    """Pieces that did not fit."""


def text_path(tokenizer: Tokenizer, text: str, *, pieces: int) -> TextPath:
    """The path of a text whose first `pieces` pieces are read by the encoder.

    Byte-level and Unigram vocabularies have no readable tokenizer here: their words are given without `tries`.
    """
    try:
        readable = tokenizer.readable()
    except UserError:
        return _fast_path(tokenizer, text, pieces)
    columns = [
        part if is_token else list(readable.normalization.steps(part)) for part, is_token in readable.parts(text)
    ]
    words: list[dict[str, Any]] = []
    found, words_cut = 0, 0
    for word, is_token in _words(readable, columns, text):
        if found >= pieces:
            # What is not read is not split, only counted: there may be ten thousand words of it.
            words_cut += 1
            continue
        split = SplitWord(word, (), (word,)) if is_token else readable.split(word)
        found += len(split.pieces)
        words.append(
            {
                "word": split.word,
                "pieces": [{"piece": piece, "id": readable.vocabulary.ids[piece]} for piece in split.pieces],
                "tries": [{"tried": attempt.piece, "found": attempt.found} for attempt in split.attempts],
            }
        )
    changes, normalized = _changes(columns, text)
    return TextPath(
        text=text,
        changes=changes,
        normalized=normalized,
        written_tokens=[column for column in columns if isinstance(column, str)],
        words=words,
        words_cut=words_cut,
        pieces_read=pieces,
        pieces_cut=len(tokenizer.encode_batch([text]).ids[0]) - tokenizer.overhead - pieces,
    )


# A text cut at the special tokens written in it: those tokens, and the steps of normalisation of what is between.
_Columns = Sequence[str | list[Step]]


def _words(readable: WordPiece, columns: _Columns, text: str) -> Iterator[tuple[str, bool]]:
    """Every word of the normalised text, and whether it is a special token written in it."""
    parts = iter(part for part, is_token in readable.parts(text) if not is_token)
    for column in columns:
        if isinstance(column, str):
            yield column, True
        else:
            given = next(parts)
            yield from ((word, False) for word in split_words(column[-1].text if column else given))


def _changes(columns: _Columns, text: str) -> tuple[list[dict[str, Any]], str]:
    """The steps that changed something, over the whole text with its written tokens left alone; and the result."""
    normalized = text
    changes = []
    steps = next((column for column in columns if not isinstance(column, str)), [])
    for place, named in enumerate(steps):
        rows = [column if isinstance(column, str) else column[place] for column in columns]
        before = "".join(row if isinstance(row, str) else row.before for row in rows)
        normalized = "".join(row if isinstance(row, str) else row.text for row in rows)
        edits = _edits(rows)
        if edits:
            changes.append({"step": NAMES[named.name], "before": before, "after": normalized, "edits": edits})
    return changes, normalized


def _edits(rows: list[Step | str]) -> list[tuple[int, str, str]]:
    found, place = [], 0
    for row in rows:
        if isinstance(row, str):
            place += len(row)
            continue
        for edit in row.edits:
            if edit.changed:
                found.append((place, edit.before, edit.after))
            place += len(edit.before)
    return found


def _fast_path(tokenizer: Tokenizer, text: str, pieces: int) -> TextPath:
    normalized = tokenizer.normalize(text)
    encoding = tokenizer.fast.encode(text, add_special_tokens=False)
    words: dict[int, dict[str, Any]] = {}
    for place, (token, piece, word) in enumerate(zip(encoding.ids, encoding.tokens, encoding.word_ids, strict=True)):
        entry = words.setdefault(place if word is None else word, {"word": "", "pieces": [], "tries": [], "at": place})
        entry["pieces"].append({"piece": piece, "id": token})
        start, end = encoding.offsets[place]
        entry["word"] += text[start:end]
    kept = [word for word in words.values() if word.pop("at") < pieces]
    changes = []
    if normalized != text:
        changes.append({"step": "normalisation", "before": text, "after": normalized, "edits": None})
    return TextPath(
        text=text,
        changes=changes,
        normalized=normalized,
        written_tokens=[],
        words=kept,
        words_cut=len(words) - len(kept),
        pieces_read=pieces,
        pieces_cut=len(encoding.ids) - pieces,
    )
