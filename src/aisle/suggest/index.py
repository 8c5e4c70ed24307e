"""The suggestions of one version: typed text in, ranked completions out. No encoder, no lock, no copy of the files."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Literal

from aisle.errors import UserError
from aisle.suggest.layout import read_contents
from aisle.suggest.mapped import Mapped
from aisle.suggest.matching import highlight, locate, typed_key
from aisle.suggest.sections import Found, Section


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One completion."""

    text: str
    """To be shown, and searched for when it is taken."""

    score: float
    """Popularity in sessions, at the store where one was asked for. An exact match stands first whatever its score."""

    match: Literal["prefix", "word"]
    """Whether the typed text stands at the beginning, or at the start of a later word."""

    start: int
    """Where in `text` the typed part begins, in characters."""

    end: int
    """Where it ends."""


class SuggestIndex:
    """An opened index; safe to share between threads. Its memory is the mapped files, freed with the object."""

    def __init__(self, directory: Path) -> None:
        contents = read_contents(directory)
        self._mapped = Mapped(directory, contents)
        self._num_candidates = contents.candidates
        self._every = Section(self._mapped, contents.every)
        self._anywhere = Section(self._mapped, contents.anywhere) if contents.anywhere else self._every
        self._stores = {place.store: Section(self._mapped, place) for place in contents.stores}

    @classmethod
    def open(cls, directory: str | Path) -> SuggestIndex:
        """Map the files that `build_suggestions` wrote. Raises DamagedError where they are missing or cut short."""
        return cls(Path(directory))

    def __len__(self) -> int:
        return self._num_candidates

    def suggest(self, prefix: str, *, store: str = "", k: int = 10) -> list[Suggestion]:
        """The `k` best completions of `prefix`: the exact one first, then by popularity, then in alphabetical order.

        With a `store`, only what that store can serve, by its own popularity as far as it is known and by that of all
        stores beyond. A store that no candidate names is served what every store can serve. Nothing typed gives the
        most popular texts; nothing but punctuation gives none.
        """
        if k < 1:
            raise UserError(f"k is {k}; it must be at least 1")
        typed = typed_key(prefix)
        if not typed and prefix.strip():
            return []
        sections = [self._every]
        if store:
            sections = [self._anywhere]
            if store in self._stores:
                sections.append(self._stores[store])
        return [self._suggestion(score, number, typed) for score, number in self._ranked(sections, typed, k)]

    def _ranked(self, sections: list[Section], typed: str, k: int) -> list[Found]:
        """The best candidates of the sections, each once."""
        # Of as many as can be wanted, one may be the exact one and the others may have been seen in another section.
        found = [section.find(typed.encode(), len(sections) * k + 1) for section in sections]
        # A store scores its own candidates at least as high as all stores do: of two mentions the first is the store's.
        exact = max((whole for whole, _ in found if whole), default=None)
        ranked = {exact[1]: exact[0]} if exact else {}
        for score, number in merge(*(best for _, best in found), key=lambda one: (-one[0], one[1])):
            if len(ranked) == k:
                break
            ranked.setdefault(number, score)
        return [(score, number) for number, score in ranked.items()]

    def _suggestion(self, score: float, number: int, typed: str) -> Suggestion:
        text, key = self._mapped.text(number), self._mapped.key(number)
        at = locate(key, typed)
        assert at >= 0, f"{text!r} was found by {typed!r}, which it does not match"
        start, end = highlight(text, key, at, at + len(typed.rstrip(" ")))
        return Suggestion(text, score, "word" if at else "prefix", start, end)
