"""Times in questions."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.sql.periods import find_periods

TODAY = date(2025, 12, 14)  # a Sunday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("in the past 5 years", "2020-12-15", "2025-12-14"),
        ("over the last twelve months", "2024-12-15", "2025-12-14"),
        ("the past year", "2024-12-15", "2025-12-14"),
        ("last year", "2024-01-01", "2024-12-31"),
        ("this year so far", "2025-01-01", "2025-12-31"),
        ("last quarter", "2025-07-01", "2025-09-30"),
        ("this quarter", "2025-10-01", "2025-12-31"),
        ("last month", "2025-11-01", "2025-11-30"),
        ("last week", "2025-12-01", "2025-12-07"),
        ("in the last 10 days", "2025-12-05", "2025-12-14"),
        ("yesterday", "2025-12-13", "2025-12-13"),
        ("today", "2025-12-14", "2025-12-14"),
        ("in 2023", "2023-01-01", "2023-12-31"),
        ("in Q3 2024", "2024-07-01", "2024-09-30"),
        ("in the third quarter of 2024", "2024-07-01", "2024-09-30"),
        ("2024 Q1", "2024-01-01", "2024-03-31"),
        ("the first half of 2025", "2025-01-01", "2025-06-30"),
        ("in February 2024", "2024-02-01", "2024-02-29"),
        ("in february", "2025-02-01", "2025-02-28"),
        ("in december", "2025-12-01", "2025-12-31"),
        ("on July 4, 2024", "2024-07-04", "2024-07-04"),
        ("on the 4th of July 2024", "2024-07-04", "2024-07-04"),
        ("on 2024-07-04", "2024-07-04", "2024-07-04"),
        ("since 2024", "2024-01-01", "2025-12-14"),
        ("since March 2025", "2025-03-01", "2025-12-14"),
        ("after 2023", "2024-01-01", "2025-12-14"),
        ("before 2022", "1970-01-01", "2021-12-31"),
        ("until 2022", "1970-01-01", "2022-12-31"),
        ("between 2021 and 2023", "2021-01-01", "2023-12-31"),
        ("from March to May 2024", "2024-03-01", "2024-05-31"),
        ("from 2021 to 2023", "2021-01-01", "2023-12-31"),
    ],
)
def test_a_time_is_its_days(text: str, first: str, last: str) -> None:
    (found,) = find_periods(f"sales {text} of milk", TODAY)
    assert (found.period.first.isoformat(), found.period.last.isoformat()) == (first, last)
    assert text.split()[-1] in f"sales {text} of milk"[found.start : found.end]


@pytest.mark.parametrize("text", ["may I see the march of oats", "the second shelf", "12345", "on 2024-02-31", "month"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert [found for found in find_periods(text, TODAY) if found.period.first != date(2024, 1, 1)] == []


def test_several_times_are_found_in_their_order() -> None:
    found = find_periods("compare 2023 with last month and Q1 2025", TODAY)
    assert [one.period.first for one in found] == [date(2023, 1, 1), date(2025, 11, 1), date(2025, 1, 1)]


WORDS = (
    "in", "the", "last", "past", "5", "999", "years", "days", "q1", "q4", "2024", "1999", "first", "second",
    "half", "quarter", "of", "from", "to", "between", "and", "march", "may", "31", "since", "before", "after",
    "until", "İ", "today", "yesterday", "this", "week", "0",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join) | st.text(max_size=40),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
)
def test_any_text_is_read_without_failing(text: str, today: date) -> None:
    end = 0
    for found in find_periods(text, today):
        assert found.period.first <= found.period.last
        assert end <= found.start < found.end <= len(text)
        end = found.end
