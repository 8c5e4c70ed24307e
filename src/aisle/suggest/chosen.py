"""The list under way: each need once, and for short prefixes not all of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

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
    picks: list[Pick] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    """Candidates that say again what a higher one says, with that one's number."""
    _seen: set[int] = field(default_factory=set)
    _said: dict[int, int] = field(default_factory=dict)
    _kinds: Counter[int] = field(default_factory=Counter)
    _later: list[Pick] = field(default_factory=list)
    _made: set[str] = field(default_factory=set)

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
                if pick.text not in self._made:
                    self._made.add(pick.text)
                    self.picks.append(pick)
                continue
            if pick.number in self._seen:
                continue
            self._seen.add(pick.number)
            if self.hidden(pick.number):
                continue
            if pick.number in self._said:
                self.dropped.append((pick.number, self._said[pick.number]))
                continue
            kind = self.category(pick.number)
            if self.spread and kind and self._kinds[kind] >= OF_ONE_KIND and len(self.picks) < SPREAD:
                self._later.append(pick)
                continue
            self._take(pick, kind)

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
