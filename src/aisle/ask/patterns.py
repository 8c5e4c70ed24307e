"""The patterns of questions, read from `data/questions.toml`, and one text drawn from one of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from aisle.sql.schema import WORD

_FILE = Path(__file__).parent / "data" / "questions.toml"
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_PHRASE = re.compile(r"<(\w+)>")
_SLOT = re.compile(r"\{\w+\}")
_SPACES = re.compile(r"\s+")


@cache
def tables() -> dict[str, Any]:
    """The file, as it is."""
    return tomllib.loads(_FILE.read_text("utf-8"))


def patterns(path: str) -> Sequence[str]:
    """The patterns at a place such as `sale_count.about`; none where there is no such place."""
    found: Any = tables()
    for name in path.split("/"):
        found = found.get(name, {})
    return tuple(found)


def say(path: str, draw: Random, **slots: str) -> str:
    """A text of one of the patterns at a place; empty where there is none."""
    possible = patterns(path)
    return filled(draw.choice(possible), draw, **slots) if possible else ""


def filled(pattern: str, draw: Random, **slots: str) -> str:
    """One of the texts that a pattern stands for."""
    phrases = tables()["phrases"]
    while match := _PHRASE.search(pattern):
        pattern = pattern[: match.start()] + phrases[match[1]] + pattern[match.end() :]
    while match := _CHOICE.search(pattern):
        pattern = pattern[: match.start()] + draw.choice(match[1].split("|")) + pattern[match.end() :]
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


def disturbed(text: str, draw: Random) -> str:
    """As people type: with or without a capital, a question mark, a polite word."""
    if draw.random() < 0.08:
        text = draw.choice(("please tell me ", "can you tell me ", "i want to know ", "show me ", "hi, ")) + text
    if draw.random() < 0.5:
        text = text[:1].upper() + text[1:]
    if draw.random() < 0.3:
        text = text.rstrip("?.") + draw.choice(("?", "?", ".", " ?"))
    return text
