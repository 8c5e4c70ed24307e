"""The path of a string to its pieces: each change of normalisation, each attempt of the greedy longest match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aisle.errors import UserError
from aisle.text.tokenizer import Tokenizer

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
    """Each step of normalisation that changed something: `step`, `before`, `after`, and its single `edits`."""
    normalized: str
    """What is split into words."""
    words: list[dict[str, Any]]
    """`word`, its `pieces`, and the `tries` that found them; only words that the encoder reads, at least in part."""
    words_cut: int
    """Words that the encoder does not read."""


def text_path(tokenizer: Tokenizer, text: str, *, pieces: int) -> TextPath:
    """The path of a text whose first `pieces` pieces are read by the encoder.

    Byte-level and Unigram vocabularies have no readable tokenizer here: their words are given without `tries`.
    """
    try:
        readable = tokenizer.readable()
    except UserError:
        return _fast_path(tokenizer, text, pieces)
    changes = [
        {
            "step": NAMES[step.name],
            "before": step.before,
            "after": step.text,
            "edits": [[edit.before, edit.after] for edit in step.edits if edit.changed],
        }
        for step in readable.normalization.steps(text)
        if step.changed
    ]
    words: list[dict[str, Any]] = []
    read, cut = 0, 0
    for split in readable.words(text):
        if read >= pieces:
            cut += 1
            continue
        read += len(split.pieces)
        words.append(
            {
                "word": split.word,
                "pieces": [{"piece": piece, "id": readable.vocabulary.ids[piece]} for piece in split.pieces],
                "tries": [{"tried": attempt.piece, "found": attempt.found} for attempt in split.attempts],
            }
        )
    return TextPath(text=text, changes=changes, normalized=readable.normalization(text), words=words, words_cut=cut)


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
        changes.append({"step": "normalisation", "before": text, "after": normalized, "edits": []})
    return TextPath(text=text, changes=changes, normalized=normalized, words=kept, words_cut=len(words) - len(kept))
