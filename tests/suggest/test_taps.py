"""What the log of the suggestion box says, by hand."""

from __future__ import annotations

from math import log

import pytest

from aisle.shop.query_log import Moment
from aisle.suggest.taps import kind_of, move_statistics, tap_statistics


def moment(
    prefix: str = "mi",
    shown: str = "",
    tapped: str = "",
    query: str = "",
    previous: str = "",
    session: str = "s",
    at: int = 0,
) -> Moment:
    texts = tuple(text.strip() for text in shown.split("|") if text.strip())
    return Moment(session, prefix, texts, tapped, query or tapped, previous, "", at)


def test_taps_beyond_what_the_place_explains() -> None:
    # The first place is tapped three times of four, the second once; "b" takes more than its places do.
    log_of = [
        moment(shown="a | b", tapped="a"),
        moment(shown="a | b", tapped="b"),
        moment(shown="b | a", tapped="b"),
        moment(shown="b | a", tapped="b"),
    ]
    rates, pulls = tap_statistics(log_of)
    # Places: 3/4 and 1/4. Each stood twice in each: two taps were to be expected of either.
    assert rates["a"].taps == pytest.approx(log((1 + 2) / (2 + 2)))
    assert rates["b"].taps == pytest.approx(log((3 + 2) / (2 + 2)))
    assert pulls["mi", "a"] == pytest.approx(rates["a"].taps)


def test_being_first_teaches_nothing() -> None:
    # "a" is always first and always tapped: that is what the first place is worth.
    rates, _ = tap_statistics([moment(shown="a | b", tapped="a")] * 20)
    assert rates["a"].taps == pytest.approx(0)
    assert rates["b"].taps == pytest.approx(0)


def test_what_stood_above_the_tapped_one_was_seen_and_skipped() -> None:
    rates, _ = tap_statistics([moment(shown="a | b | c", tapped="b")] * 8)
    # Seen: a and b each eight times; c never. Skipped: a each time, so half of all that was seen.
    assert rates["a"].skips == pytest.approx((8 + 2 * 0.5) / (8 + 2) - 0.5)
    assert rates["b"].skips == pytest.approx((0 + 2 * 0.5) / (8 + 2) - 0.5)
    assert rates["c"].skips == pytest.approx(0)
    # Where none is tapped only the first is taken to have been seen.
    ignored, _ = tap_statistics([moment(shown="a | b")] * 8)
    assert ignored["b"].skips == pytest.approx(0)


def test_lengths_of_prefixes_have_expectations_of_their_own() -> None:
    log_of = [moment("m", "a | b", "a"), moment("milk ", "a | b", ""), moment("milk ", "b | a", "")]
    rates, _ = tap_statistics(log_of)
    # After "m" the first place is always tapped, after "milk " never: all is as expected.
    assert rates["a"].taps == pytest.approx(0)


def test_a_pair_that_was_hardly_shown_has_no_figure_and_spellings_are_one() -> None:
    log_of = [moment("Mi", "7 Up | b", "7 Up"), moment("mi", "7up | b", "7up"), moment("mi", "7up", "")]
    _, pulls = tap_statistics(log_of)
    assert set(pulls) == {("mi", "7up")}
    assert tap_statistics([moment()]) == ({}, {})


KINDS = {"milk": "Milk", "oat milk": "Oat Milk", "bread": "Bread"}


def test_the_kind_of_a_query_is_that_of_its_longest_known_ending() -> None:
    assert kind_of("Fernwood oat milk", KINDS) == "Oat Milk"
    assert kind_of("cold milk", KINDS) == "Milk"
    assert kind_of("milk cold", KINDS) == ""
    assert kind_of("", KINDS) == ""


def test_what_is_searched_for_next_by_hand() -> None:
    log_of = [
        *(moment(query="bread", previous="milk", session=f"a{number}") for number in range(6)),
        *(moment(query="milk", previous="bread", session=f"b{number}") for number in range(2)),
        moment(query="milk", previous="milk", session="c"),
        moment(query="unicorn", previous="milk", session="d"),  # no kind
        moment(query="bread", session="e"),  # nothing before
    ]
    moves = move_statistics(log_of, KINDS)
    # Of 9 moves 7 begin at milk and 6 end at bread: 6 x 7 / 9 of that pair were to be expected.
    assert moves["Milk", "Bread"] == pytest.approx(log((6 + 2) / (7 * 6 / 9 + 2)))
    assert moves["Milk", "Milk"] == pytest.approx(log((1 + 2) / (7 * 3 / 9 + 2)))
    assert set(moves) == {("Milk", "Bread"), ("Bread", "Milk"), ("Milk", "Milk")}


def test_a_search_counts_once_however_often_the_typing_paused() -> None:
    pauses = [moment(prefix, query="bread", previous="milk", at=7) for prefix in ("b", "br", "bre")]
    assert move_statistics(pauses, KINDS) == move_statistics(pauses[:1], KINDS)
    assert move_statistics([], KINDS) == {}
