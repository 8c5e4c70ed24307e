"""The list under way: each need once, and for short prefixes not all of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aisle.suggest.literal import letter_family, word_family

SHORT = 3
"""So many typed characters and fewer say little about what is wanted."""
OF_ONE_KIND = 3
"""After a short prefix no more than so many of the first `SPREAD` lead to one kind of product."""
SPREAD = 10


@dataclass(slots=True)
class Pick:
    """A candidate on the list."""

    number: int
    """-1 for a completion that is no candidate."""
    score: float
    stage: str
    """How it was found."""
    typed: str
    """The key that was looked up."""
    cost: float = 0.0
    """How unlikely the slips are that had to be forgiven."""
    text: str = ""
    """A completion that is no candidate."""
    products: int = 0


@dataclass(kw_only=True, slots=True)
class Chosen:
    """Collects picks until there are enough."""

    most: int
    spread: bool
    """Whether no more than a few may be of one kind."""
    twins: Callable[[int], Iterable[int]]
    category: Callable[[int], int]
    hidden: Callable[[int], bool]
    key: Callable[[int], str]
    picks: list[Pick] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    """Candidates that say again what a higher one says, with that one's number."""
    _seen: set[int] = field(default_factory=set)
    _said: dict[int, int] = field(default_factory=dict)
    _kinds: Counter[int] = field(default_factory=Counter)
    _later: list[Pick] = field(default_factory=list)
    _made: set[object] = field(default_factory=set)
    """What completions that are no candidates say."""

    @property
    def full(self) -> bool:
        """Whether there are enough."""
        return len(self.picks) >= self.most

    def add(self, picks: Iterable[Pick]) -> None:
        """Take picks in their order, as long as there is room."""
        for pick in picks:
            if self.full:
                return
            if pick.number < 0:
                self._add_made(pick)
                continue
            if pick.number in self._seen:
                continue
            self._seen.add(pick.number)
            if self.hidden(pick.number) or (self._made and self._made.intersection(_says(self.key(pick.number)))):
                continue
            if pick.number in self._said:
                self.dropped.append((pick.number, self._said[pick.number]))
                continue
            kind = self.category(pick.number)
            if self.spread and kind and self._kinds[kind] >= OF_ONE_KIND and len(self.picks) < SPREAD:
                self._later.append(pick)
                continue
            self._take(pick, kind)

    def _add_made(self, pick: Pick) -> None:
        """A completion that is no candidate, unless it says again what is on the list: nothing else is known of it."""
        says = _says(pick.text)
        if self._made.intersection(says):
            return
        if any(_says(self.key(taken.number)) & says for taken in self.picks if taken.number >= 0):
            return
        self._made |= says
        self.picks.append(pick)

    def _take(self, pick: Pick, kind: int) -> None:
        self.picks.append(pick)
        self._kinds[kind] += 1
        for twin in self.twins(pick.number):
            self._said.setdefault(twin, pick.number)

    def fill(self) -> None:
        """Let those in that were held back for being too many of one kind."""
        later, self._later, self.spread = self._later, [], False
        self._seen.difference_update(pick.number for pick in later)
        self.add(later)


def _says(key: str) -> set[object]:
    """The same words in any order and number, the same letters with any spaces."""
    return {word_family(key), letter_family(key)}
