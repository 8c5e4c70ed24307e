"""Times as logs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.shop.clock import format_timestamp, now_ms, parse_timestamp
from aisle.shop.values import BadValueError

NOON = 1_740_848_645_000  # 2025-03-01T17:04:05Z


@pytest.mark.parametrize(
    "written",
    [
        "2025-03-01T17:04:05Z",
        " 2025-03-01 17:04:05 ",
        "2025-03-01T17:04:05.000+00:00",
        "2025-03-01T18:04:05+01:00",
        "20250301T170405Z",
        "1740848645",
        "1740848645.0",
        "1740848645000",
        "1740848645000000",
        1740848645,
        1740848645.0,
        1740848645000,
        datetime(2025, 3, 1, 17, 4, 5, tzinfo=UTC),
    ],
)
def test_usual_ways_to_write_a_time(written: Any) -> None:
    assert parse_timestamp(written) == NOON


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "missing"),
        (None, "missing"),
        ("yesterday", "is no time"),
        ("2025-13-01", "is no time"),
        ("17:04", "is no time"),
        ("-5", "is no time"),
        (-5, "is no time"),
        (float("nan"), "is no time"),
        (float("inf"), "is no time"),
        (10**400, "is no time"),
        ("9" * 16, "is no time|in the future"),
        (True, "is no time"),
        ([2025], "is no time"),
        ("0001-01-01T00:00:00+14:00", "is no time"),
        ("1970-01-01T00:00:00Z", "before 1990"),
        ("2025-03-02T00:00:00Z", "in the future"),
    ],
)
def test_what_is_no_time_is_refused(written: Any, reason: str) -> None:
    with pytest.raises(BadValueError, match=reason):
        parse_timestamp(written, NOON)


def test_times_are_written_in_one_form() -> None:
    assert format_timestamp(NOON) == "2025-03-01T17:04:05Z"
    assert format_timestamp(NOON + 7) == "2025-03-01T17:04:05.007Z"


def test_the_machine_has_a_clock() -> None:
    assert parse_timestamp(format_timestamp(now_ms())) <= now_ms()


@settings(max_examples=200, deadline=None)
@given(milliseconds=st.integers(631_152_000_000, 253_402_300_799_999))
def test_a_written_time_is_read_back(milliseconds: int) -> None:
    assert parse_timestamp(format_timestamp(milliseconds)) == milliseconds


@settings(max_examples=200, deadline=None)
@given(written=st.text() | st.floats() | st.integers() | st.datetimes() | st.none())
def test_anything_is_a_time_or_a_reason(written: Any) -> None:
    try:
        milliseconds = parse_timestamp(written)
    except BadValueError:
        return
    assert parse_timestamp(format_timestamp(milliseconds)) == milliseconds
