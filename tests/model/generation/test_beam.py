"""Beam search: wide enough it finds what trying everything finds, and never less than greedy of equal length."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.model.generation.generate import generate
from aisle.model.generation.next_tokens import only
from aisle.model.generation.settings import Beam, Greedy, Limits
from tests.model.generation.table import TableSteps

V, STEPS = 4, 4


def everything(probabilities_VV: np.ndarray, start: int, penalty: float) -> dict[tuple[int, ...], float]:
    """The score of every text of at most STEPS tokens; 0 ends one."""
    found = {}
    for length in range(STEPS + 1):
        for tokens in itertools.product(range(1, V), repeat=length):
            path = [start, *tokens] + ([0] if length < STEPS else [])
            total = sum(math.log(probabilities_VV[a, b]) for a, b in itertools.pairwise(path))
            found[tokens] = total / (len(path) - 1) ** penalty
    return found


@given(seed=st.integers(0, 1000), penalty=st.sampled_from([0.0, 0.7, 1.0]))
@settings(max_examples=25, deadline=None)
def test_a_wide_beam_finds_the_best_texts_of_all(seed: int, penalty: float) -> None:
    probabilities_VV = np.random.default_rng(seed).dirichlet(np.ones(V), size=V).clip(1e-4)
    probabilities_VV /= probabilities_VV.sum(axis=1, keepdims=True)
    scores = everything(probabilities_VV, 1, penalty)
    limits = Limits(max_tokens=STEPS, end_ids=frozenset({0}))
    (texts,) = generate(TableSteps(probabilities_VV), [[1]], Beam(width=81, length_penalty=penalty), limits)
    best = sorted(scores.values(), reverse=True)[:5]
    np.testing.assert_allclose([scores[text.tokens] for text in texts[:5]], best, rtol=1e-4, atol=1e-5)


@given(seed=st.integers(0, 1000), width=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_no_text_comes_twice_and_the_best_comes_first(seed: int, width: int) -> None:
    probabilities_VV = np.random.default_rng(seed).dirichlet(np.ones(6), size=6)
    (texts,) = generate(
        TableSteps(probabilities_VV), [[1]], Beam(width=width), Limits(max_tokens=5, end_ids=frozenset({0}))
    )
    assert 1 <= len(texts) <= width
    assert len({text.tokens for text in texts}) == len(texts)
    means = [text.log_probability / len(text.log_probabilities) for text in texts]
    assert means == sorted(means, reverse=True)


def test_a_beam_of_one_without_penalty_writes_what_greedy_writes() -> None:
    probabilities_VV = np.random.default_rng(4).dirichlet(np.ones(9), size=9)
    limits = Limits(max_tokens=6)
    ((one,),) = generate(TableSteps(probabilities_VV), [[1]], Greedy(), limits)
    ((other,),) = generate(TableSteps(probabilities_VV), [[1]], Beam(width=1, length_penalty=0), limits)
    assert one == other


def test_a_beam_sees_past_a_tempting_first_token() -> None:
    # From 1, token 2 is likelier, but all that follows it is unlikely; 3 is followed by the end for sure.
    table = [[1, 0, 0, 0, 0], [0, 0, 0.6, 0.4, 0], [0.25, 0.25, 0.25, 0, 0.25], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]
    limits = Limits(max_tokens=4, end_ids=frozenset({0}))
    ((greedy,),) = generate(TableSteps(table), [[1]], Greedy(), limits)
    (texts,) = generate(TableSteps(table), [[1]], Beam(width=3, length_penalty=0), limits)
    assert greedy.tokens[0] == 2
    assert texts[0].tokens == (3,)
    assert math.exp(texts[0].log_probability) == pytest.approx(0.4, rel=1e-5)


def test_a_beginning_with_nothing_left_is_given_up_and_others_go_on() -> None:
    table = np.full((4, 4), 0.25)

    def after_two_nothing(tokens, p):  # type: ignore[no-untyped-def]
        return only([], p) if tokens[-1:] == (2,) else p

    (texts,) = generate(
        TableSteps(table), [[1]], Beam(width=4), Limits(max_tokens=3, end_ids=frozenset({0})), adjust=after_two_nothing
    )
    assert texts
    assert all(2 not in text.tokens[:-1] for text in texts)


def test_if_everything_is_stuck_that_is_said() -> None:
    (texts,) = generate(
        TableSteps(np.full((4, 4), 0.25)), [[1]], Beam(), Limits(max_tokens=3), adjust=lambda t, p: only([], p)
    )
    assert [(text.tokens, text.ending) for text in texts] == [((), "stuck")]


def test_several_prompts_at_once_are_refused() -> None:
    with pytest.raises(UserError, match="one at a time"):
        generate(TableSteps(np.full((4, 4), 0.25)), [[1], [2]], Beam(), Limits(max_tokens=3))


def test_the_search_stops_when_nothing_is_likely_enough_any_more() -> None:
    table = [[1, 0, 0], [0.1, 0.0, 0.9], [0.5, 0.25, 0.25]]
    limits = Limits(max_tokens=6, end_ids=frozenset({0}))
    (texts,) = generate(TableSteps(table), [[1]], Beam(width=4, least=math.log(0.5)), limits)
    assert ((2,), "end") in [(text.tokens, text.ending) for text in texts]
    assert max(len(text.tokens) for text in texts) == 2
    assert {text.ending for text in texts if len(text.tokens) == 2} == {"stuck"}
