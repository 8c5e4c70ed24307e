"""BERT's text normalisation as a chain of small steps, each of which can be shown.

    clean ─ space around CJK characters ─ strip accents ─ lower-case

Every step turns the text into a list of edits: what stood there, and what stands there now.
Source: the BasicTokenizer of google-research/bert, with the character tables of Hugging Face `tokenizers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aisle.text import unicode_classes as unicode


@dataclass(frozen=True, slots=True)
class Edit:
    """A few characters and what a step made of them. Equal where the step left them alone."""

    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the step did anything here."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Step:
    """One step of normalisation over a whole text: its edits in order, side by side."""

    name: str
    edits: tuple[Edit, ...]

    @property
    def before(self) -> str:
        """The text that the step was given."""
        return "".join(edit.before for edit in self.edits)

    @property
    def text(self) -> str:
        """The text that the step made."""
        return "".join(edit.after for edit in self.edits)

    @property
    def changed(self) -> bool:
        """Whether the step changed anything."""
        return any(edit.changed for edit in self.edits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Normalization:
    """Which steps a checkpoint's vocabulary was made with. The defaults are those of an uncased BERT."""

    clean: bool = True
    """Drop control characters and turn all white space into spaces."""
    space_cjk: bool = True
    """Put spaces around CJK ideographs, so that each is a word."""
    strip_accents: bool = True
    """Take letters apart and drop their marks: `é` becomes `e`."""
    lower_case: bool = True
    """Use small letters only."""

    def steps(self, text: str) -> Iterator[Step]:
        """Every step in order, each applied to the text that the step before it made."""
        for name, wanted, apply in self._chain():
            if wanted:
                step = Step(name, tuple(apply(text)))
                yield step
                text = step.text

    def __call__(self, text: str) -> str:
        """The normalised text."""
        for step in self.steps(text):
            text = step.text
        return text

    def _chain(self) -> tuple[tuple[str, bool, Callable[[str], Iterator[Edit]]], ...]:
        return (
            ("clean", self.clean, clean),
            ("space_cjk", self.space_cjk, space_cjk),
            ("strip_accents", self.strip_accents, strip_accents),
            ("lower_case", self.lower_case, lower_case),
        )


def clean(text: str) -> Iterator[Edit]:
    """Drop control, format and private-use characters; every other white space becomes a plain space."""
    for char in text:
        if char in unicode.REMOVED:
            yield Edit(char, "")
        else:
            yield Edit(char, " " if char in unicode.SPACES else char)


def space_cjk(text: str) -> Iterator[Edit]:
    """A space on both sides of every CJK ideograph."""
    for char in text:
        yield Edit(char, f" {char} " if char in unicode.CJK else char)


def strip_accents(text: str) -> Iterator[Edit]:
    """Take every character apart, put its marks into Unicode's order, and drop the nonspacing ones."""
    for cluster in _clusters(text):
        kept = (char for char in unicode.decompose(cluster) if char not in unicode.MARKS)
        yield Edit(cluster, "".join(kept))


def lower_case(text: str) -> Iterator[Edit]:
    """Each character in lower case by itself, so a sigma at the end of a word stays a plain sigma."""
    for char in text:
        yield Edit(char, unicode.lower(char))


def _clusters(text: str) -> Iterator[str]:
    """A character with the marks that follow it."""
    start = 0
    for place, char in enumerate(text):
        if place > start and unicode.is_starter(char):
            yield text[start:place]
            start = place
    if text:
        yield text[start:]
