"""Shard i of n: the contract of all work in parts.

What is to be done has an order that does not depend on who does it. Each shard knows from its number alone what its
part is, leaves one directory when it is done, and none when it is not; and what all shards left makes, joined in their
order, exactly what one process would have made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aisle.errors import UserError

MOST_SHARDS = 10_000
_WRITTEN = re.compile(r"(\d{1,5})/(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of several."""

    index: int
    """From 0."""
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_SHARDS:
            raise UserError(f"there are {self.count} shards; there must be between 1 and {MOST_SHARDS:,}")
        if not 0 <= self.index < self.count:
            raise UserError(f"shard {self.index} of {self.count} is none; the first is 0/{self.count}")

    @classmethod
    def parse(cls, written: str) -> Shard:
        """The shard that "3/8" names: the fourth of eight."""
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise UserError(f"shard {written[:40]!r} is none; write it like 3/8, the fourth of eight")
        return cls(int(match[1]), int(match[2]))

    def part(self, size: int) -> slice:
        """Its part of so many things in a row; the parts of all shards are the whole, each thing in one of them."""
        return slice(self.index * size // self.count, (self.index + 1) * size // self.count)

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"
