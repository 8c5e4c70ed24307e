"""The patterns of questions, read from `data/*.toml`, and texts drawn from them.

Some wordings can be kept back: whole patterns, and alternatives inside patterns. A model that never saw them shows on
them how sure it may be of the wording of people.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeAlias
from zlib import crc32

from aisle.sql.schema import WORD

_DATA = Path(__file__).parent / "data"
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_PHRASE = re.compile(r"<(\w+)>")
_SLOT = re.compile(r"\{\w+\}")
_SPACES = re.compile(r"\s+")
_KEPT_BACK = 0.1
_LEAST_TO_CHOOSE_FROM = 3

Wordings: TypeAlias = Literal["all", "learned", "kept back"]


@cache
def tables() -> dict[str, Any]:
    """All files together, by the names of their tables."""
    found: dict[str, Any] = {}
    for path in sorted(_DATA.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text("utf-8")).items():
            assert name not in found, f"{path.name} has the table {name}, and so has another file"
            found[name] = table
    return found


def patterns(path: str) -> Sequence[str]:
    """The patterns at a place such as `sale_count/about`; none where there is no such place."""
    found: Any = tables()
    for name in path.split("/"):
        found = found.get(name, {})
    return tuple(found)


class Speech:
    """Draws texts: from all wordings, or only from those that are not kept back.

    What is kept back is fixed: every tenth wording of a choice among three or more, by a hash of its letters.
    """

    def __init__(self, draw: Random, wordings: Wordings = "all") -> None:
        """`kept back` draws from all and counts, in `strange`, what a speech of `learned` ones could not have said."""
        self.draw = draw
        self.wordings = wordings
        self.strange = 0

    def say(self, path: str, **slots: str) -> str:
        """A text of one of the patterns at a place; empty where there is none."""
        possible = patterns(path)
        return filled(self.choose(possible), self.choose, **slots) if possible else ""

    def choose(self, wordings: Sequence[str]) -> str:
        """One of these ways to say something."""
        if self.wordings == "all":
            return self.draw.choice(wordings)
        learned = [one for one in wordings if not _is_kept_back(one)]
        if len(set(wordings)) < _LEAST_TO_CHOOSE_FROM or not learned:
            return self.draw.choice(wordings)
        chosen = self.draw.choice(learned if self.wordings == "learned" else wordings)
        self.strange += chosen not in learned
        return chosen


def _is_kept_back(wording: str) -> bool:
    return bool(wording) and crc32(wording.encode()) % 1_000 < 1_000 * _KEPT_BACK


def filled(pattern: str, choose: Callable[[Sequence[str]], str], **slots: str) -> str:
    """One of the texts that a pattern stands for."""
    phrases = tables()["phrases"]
    while match := _PHRASE.search(pattern):
        pattern = pattern[: match.start()] + phrases[match[1]] + pattern[match.end() :]
    while match := _CHOICE.search(pattern):
        pattern = pattern[: match.start()] + choose(match[1].split("|")) + pattern[match.end() :]
    text = _SPACES.sub(" ", pattern.format(**slots)).strip()
    return text.replace(" ,", ",").strip(" ,:")


@cache
def question_words() -> frozenset[str]:
    """Every word that the patterns themselves have: the language of questions, which names no values."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, str):
            found.update(word.lower() for word in WORD.findall(_SLOT.sub(" ", value)))
        elif isinstance(value, dict):
            for part in value.values():
                look(part)
        elif isinstance(value, list):
            for part in value:
                look(part)

    look({name: value for name, value in tables().items() if name != "unanswerable"})
    return frozenset(found)


def disturbed(text: str, speech: Speech) -> str:
    """As people type: with or without a capital, a question mark, a polite word."""
    draw = speech.draw
    if draw.random() < 0.12:
        text = f"{speech.choose(patterns('polite/before'))} {text}"
    if draw.random() < 0.06:
        text = f"{text} {speech.choose(patterns('polite/after'))}"
    if draw.random() < 0.5:
        text = text[:1].upper() + text[1:]
    if draw.random() < 0.3:
        text = text.rstrip("?.") + draw.choice(("?", "?", ".", " ?"))
    return text
