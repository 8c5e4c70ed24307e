"""Query strings become values, or one problem that names everything wrong with them."""

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.serve.parameters import Flag, Number, Text, describe, read
from aisle.serve.problems import ProblemError

PARAMETERS = (
    Text(name="q", description="The query.", default=None, max_length=10),
    Text(name="mode", description="How.", default="a", choices=("a", "b")),
    Number(name="k", description="How many.", default=3, least=1, most=9),
    Flag(name="explain", description="Why."),
)


def problems_of(query_string: bytes) -> dict[str, str]:
    with pytest.raises(ProblemError) as caught:
        read(PARAMETERS, query_string)
    assert caught.value.status_code == 422
    return {error["where"]: error["problem"] for error in caught.value.errors}


def test_defaults_fill_what_is_not_given():
    assert read(PARAMETERS, b"q=x") == {"q": "x", "mode": "a", "k": 3, "explain": False}


def test_values_are_decoded_as_browsers_encode_them():
    assert read(PARAMETERS, b"q=caf%C3%A9+%2B1&k=9&mode=b&explain=true") == {
        "q": "café +1",
        "mode": "b",
        "k": 9,
        "explain": True,
    }


def test_bytes_that_are_no_utf8_become_the_replacement_character():
    assert read(PARAMETERS, b"q=%ff%ed%a0%80")["q"].startswith("�")


def test_every_wrong_parameter_is_named_at_once():
    found = problems_of(b"k=x&mode=c&explain=maybe&limit=5")
    assert set(found) == {"query.q", "query.k", "query.mode", "query.explain", "query.limit"}
    assert found["query.q"] == "it is missing"
    assert found["query.limit"] == "there is no such parameter; allowed: q, mode, k, explain"


@pytest.mark.parametrize("given_k", ["0", "10", "-1", "1e1", "1.0", "", " 3", "٣", "1_0", "9" * 5000, "nan"])
def test_a_number_out_of_bounds_or_no_number_is_refused(given_k):
    assert "query.k" in problems_of(f"q=x&k={quote(given_k)}".encode())


def test_a_parameter_given_twice_is_refused():
    assert problems_of(b"q=x&q=y") == {"query.q": "it is given more than once"}


def test_a_text_that_is_too_long_says_how_long_it_may_be():
    assert problems_of(b"q=12345678901") == {"query.q": "it has 11 characters; at most 10 are allowed"}


def test_a_thousand_parameters_are_refused_without_being_listed():
    with pytest.raises(ProblemError, match="more than 50"):
        read(PARAMETERS, b"&".join(b"a%d=1" % i for i in range(1000)))


def test_openapi_says_the_same_limits():
    described = {one["name"]: one for one in describe(PARAMETERS)}
    assert described["q"]["required"]
    assert "default" not in described["q"]["schema"]
    assert described["k"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 9, "default": 3}
    assert described["mode"]["schema"]["enum"] == ["a", "b"]


@given(st.binary(max_size=60))
def test_any_query_string_gives_values_or_a_problem(query_string):
    with suppress(ProblemError):
        values = read(PARAMETERS, query_string)
        assert len(values["q"]) <= 10
        assert 1 <= values["k"] <= 9
