"""The operator's lists: what is always suggested, what never, and what only looks like a repetition.

They are plain text files in the shop's directory, a line an entry, so that they can be kept under version control:
`suggest/always.txt`, `suggest/never.txt` and `suggest/not-duplicates.txt` (two texts a line, with a tab or " | "
between them). Empty lines and lines that start with # say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.suggest.matching import fold

DIRECTORY = "suggest"
NAMES = ("always", "never", "not-duplicates")
_PAIR = re.compile(r"\t| \| ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """The three lists of one shop."""

    always: tuple[str, ...] = ()
    """Texts that are suggested however few people searched for them, as long as the shop has results for them."""
    never: tuple[str, ...] = ()
    """A text of these words, in this order, is never suggested, nor any text that contains them."""
    not_duplicates: tuple[tuple[str, str], ...] = ()
    """Pairs of texts that may stand in one list although they look like the same."""
    _never_keys: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_never_keys", frozenset(key for text in self.never if (key := fold(text))))

    @classmethod
    def load(cls, shop: Path) -> Lists:
        """The lists of a shop; a list without a file is empty. Raises UserError for a line that makes no sense."""
        pairs = []
        for text in _lines(_file(shop, "not-duplicates")):
            halves = _PAIR.split(text)
            if len(halves) != 2 or not all(map(fold, halves)):
                raise UserError(
                    f"{_file(shop, 'not-duplicates')}: {text!r} is not two texts; write a tab or ' | ' between them"
                )
            pairs.append((halves[0].strip(), halves[1].strip()))
        return cls(
            always=tuple(_lines(_file(shop, "always"))),
            never=tuple(_lines(_file(shop, "never"))),
            not_duplicates=tuple(pairs),
        )

    def save(self, shop: Path) -> None:
        """Write all three files."""
        (shop / DIRECTORY).mkdir(exist_ok=True)
        texts = {"always": self.always, "never": self.never, "not-duplicates": map(" | ".join, self.not_duplicates)}
        for name, entries in texts.items():
            write_atomic(_file(shop, name), "".join(f"{entry}\n" for entry in entries))

    def hides(self, key: str) -> bool:
        """Whether the operator never wants a text with this key suggested."""
        return bool(self._never_keys) and _contains(key, self._never_keys)

    def blocks(self, key: str) -> bool:
        """Whether a text may not be suggested: the operator never wants it, or no shop wants to be first to say it."""
        if self.hides(key):
            return True
        allowed = {fold(text) for text in self.always}
        return key not in allowed and not rude_words().isdisjoint(key.split())

    def apart(self) -> frozenset[tuple[str, str]]:
        """The keys of the pairs that are no duplicates, both ways round."""
        pairs = [(fold(one), fold(other)) for one, other in self.not_duplicates]
        return frozenset([*pairs, *((other, one) for one, other in pairs)])


def stamp(shop: Path) -> tuple[int, ...]:
    """Changes whenever one of the files does."""
    paths = [_file(shop, name) for name in NAMES]
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


@cache
def rude_words() -> frozenset[str]:
    """Words that are never suggested unless the operator says always."""
    text = (files("aisle.suggest") / "blocked.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def _contains(key: str, wanted: Iterable[str]) -> bool:
    padded = f" {key} "
    return any(f" {part} " in padded for part in wanted)


def _file(shop: Path, name: str) -> Path:
    return shop / DIRECTORY / f"{name}.txt"


def _lines(path: Path) -> Sequence[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}); it must be a text file in UTF-8, a line an entry") from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#") and fold(line)]
