"""The parts of a whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.batch.shard import Shard
from aisle.errors import UserError


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_every_thing_is_in_one_part_and_the_parts_are_even(size: int, count: int) -> None:
    parts = [range(size)[Shard(index, count).part(size)] for index in range(count)]
    assert [thing for part in parts for thing in part] == list(range(size))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_is_written_and_read() -> None:
    assert Shard.parse("3/8") == Shard(3, 8)
    assert str(Shard(3, 8)) == "3/8"


@pytest.mark.parametrize("written", ["8/8", "0/0", "-1/2", "a/b", "1", "1/2/3", "0/20000"])
def test_what_is_no_shard_is_refused(written: str) -> None:
    with pytest.raises(UserError):
        Shard.parse(written)
