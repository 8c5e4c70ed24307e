from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aisle.text.truncation import pair_lengths

length = st.integers(0, 40)


def test_the_longer_text_gives_way_first() -> None:
    assert pair_lengths(2, 30, 10) == (2, 8)
    assert pair_lengths(30, 2, 10) == (8, 2)


def test_two_long_texts_share_and_the_odd_token_goes_to_the_longer() -> None:
    assert pair_lengths(30, 20, 11) == (6, 5)
    assert pair_lengths(20, 30, 11) == (5, 6)
    assert pair_lengths(20, 20, 11) == (5, 6)


@given(first=length, second=length, room=length)
def test_the_room_is_used_up_and_never_more(first: int, second: int, room: int) -> None:
    kept = pair_lengths(first, second, room)
    assert sum(kept) == min(first + second, room)
    assert kept[0] <= first
    assert kept[1] <= second
