"""What mining found and what each filter dropped, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterCount:
    """One filter's account."""

    name: str
    """What was dropped, such as "unknown product"."""
    of: str
    """What is counted: events, sessions, conversions or pairs."""
    dropped: int
    """How many."""
    why: str
    """The rule, with its number."""
    stage: str = "all"
    """"all" where what is dropped is gone; "high" where a pair only loses its place among the high-quality ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MiningReport:
    """The account of one mining."""

    events: int
    """Rows of the log that were read."""
    sessions: int
    """Sessions that searched, programs left out."""
    queries: int
    """Distinct queries, as normalised, that the remaining sessions searched for."""
    conversions: int
    """Distinct (session, query, product) conversions left after the filters on events and sessions."""
    pairs: int
    """Pairs that came out, high-quality and noisy ones."""
    high_quality: int
    """Of them, high-quality ones."""
    synthetic: int
    """Of `pairs`, those made from the catalogue."""
    filters: tuple[FilterCount, ...]
    """In the order in which they were applied."""
    propensities: tuple[float, ...]
    """How likely the k-th place is looked at, relative to the first; empty where the log does not allow to tell."""
    position_note: str
    """How the propensities were estimated, or why they were not."""
    notes: tuple[str, ...] = ()
    """What else the owner of the log should know."""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = ("events", "sessions", "queries", "conversions", "pairs", "high_quality", "synthetic", "position_note")
        return {name: getattr(self, name) for name in names} | {
            "filters": [
                {"name": one.name, "of": one.of, "dropped": one.dropped, "why": one.why, "stage": one.stage}
                for one in self.filters
            ],
            "propensities": list(self.propensities),
            "notes": list(self.notes),
            "seconds": self.seconds,
        }

    def summary(self) -> str:
        """What was dropped, in one line, for an error."""
        dropped = [f"{one.dropped:,} {one.of} ({one.name})" for one in self.filters if one.dropped]
        return f"{self.events:,} events read; dropped: {'; '.join(dropped) or 'nothing'}"
