"""Queries that are slips of the fingers."""

from __future__ import annotations

from aisle.suggest.half_typed import Usage
from aisle.suggest.misspelt import Corrections

KNOWN = {"avocado": 40, "toast": 30, "oil": 20, "milk": 90, "mild": 80}


def corrections(**sessions: int) -> Corrections:
    usage = {key.replace("_", " "): Usage(sessions=count, carts=0) for key, count in sessions.items()}
    return Corrections(KNOWN, usage)


def test_a_slip_is_what_was_meant_by_far_more_people() -> None:
    found = corrections(avacado=5, avocado=40, avacado_oil=5, avocado_oil=10)
    assert found.meant("avacado") == "avocado"
    assert found.meant("avacado oil") == "avocado oil"


def test_a_word_that_is_used_as_often_is_no_slip() -> None:
    assert corrections(avacado=5, avocado=9).meant("avacado") == ""
    assert corrections(avacado=5).meant("avacado") == ""  # nobody says it the other way


def test_known_words_are_never_taken_for_others() -> None:
    assert corrections(milk=5, mild=500).meant("milk") == ""


def test_of_several_readings_the_most_used_one_was_meant() -> None:
    assert corrections(milc=2, milk=50, mild=40).meant("milc") == "milk"


def test_far_words_are_not_guessed_at() -> None:
    assert corrections(zzzzzz=2, milk=50).meant("zzzzzz") == ""
