"""Greedy writing and sampling: what is drawn, what ends, what a hook may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.generation.generate import generate
from aisle.model.generation.next_tokens import log_softmax, only
from aisle.model.generation.one_by_one import nucleus
from aisle.model.generation.settings import Greedy, Limits, Sampling
from tests.model.generation.table import TableSteps

# 0 ends. From 1: most probably 2, from 2: most probably 3, from 3: most probably the end.
CHAIN = [[1, 0, 0, 0], [0.1, 0.2, 0.6, 0.1], [0.2, 0.1, 0.1, 0.6], [0.7, 0.1, 0.1, 0.1]]
ENDS = Limits(max_tokens=10, end_ids=frozenset({0}))


def test_greedy_takes_the_most_probable_token_until_the_end() -> None:
    ((one,),) = generate(TableSteps(CHAIN), [[1]], Greedy(), ENDS)
    assert one.tokens == (2, 3)
    assert one.ending == "end"
    assert one.log_probability == pytest.approx(np.log(0.6 * 0.6 * 0.7), rel=1e-5)


def test_rows_end_each_in_its_own_time() -> None:
    rows = generate(TableSteps(CHAIN), [[3], [1], [2]], Greedy(), ENDS)
    assert [row[0].tokens for row in rows] == [(), (2, 3), (3,)]


def test_the_limit_stops_a_row_that_has_not_ended() -> None:
    ((one,),) = generate(TableSteps(CHAIN), [[1]], Greedy(), Limits(max_tokens=1, end_ids=frozenset({0})))
    assert (one.tokens, one.ending) == ((2,), "limit")


def test_a_hook_masks_tokens_and_sees_what_has_been_written() -> None:
    seen = []

    def not_two(tokens: Sequence[int], log_probabilities_V: NDArray[np.float32]) -> NDArray[np.float32]:
        seen.append(tuple(tokens))
        return only([0, 1, 3], log_probabilities_V)

    ((one,),) = generate(
        TableSteps(CHAIN), [[1]], Greedy(), Limits(max_tokens=3, end_ids=frozenset({0})), adjust=not_two
    )
    assert one.tokens == (1, 1, 1)
    assert seen == [(), (1,), (1, 1)]


def test_a_row_with_nothing_left_is_stuck() -> None:
    ((one,),) = generate(TableSteps(CHAIN), [[1]], Greedy(), ENDS, adjust=lambda tokens, p: only([3][: len(tokens)], p))
    assert (one.tokens, one.ending) == ((), "stuck")


def test_the_same_seed_draws_the_same_text_and_another_seed_another() -> None:
    def draw(seed: int) -> tuple[int, ...]:
        ((one,),) = generate(TableSteps(np.full((8, 8), 1 / 8)), [[1]], Sampling(seed=seed), Limits(max_tokens=12))
        return one.tokens

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_tokens_are_drawn_as_often_as_they_are_probable() -> None:
    rows = generate(TableSteps(CHAIN), [[1]] * 4000, Sampling(seed=0), Limits(max_tokens=1))
    counts = Counter(row[0].tokens[0] for row in rows)
    for token, probability in enumerate(CHAIN[1]):
        assert counts[token] / 4000 == pytest.approx(probability, abs=0.03)


LOGS = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))


@pytest.mark.parametrize(
    ("settings", "tokens", "probabilities"),
    [
        (Sampling(), [0, 1, 2, 3], [0.5, 0.25, 0.125, 0.125]),
        (Sampling(top_k=2), [0, 1], [2 / 3, 1 / 3]),
        (Sampling(top_p=0.5), [0], [1.0]),
        (Sampling(top_p=0.51), [0, 1], [2 / 3, 1 / 3]),
        (Sampling(temperature=0.5), [0, 1, 2, 3], [8 / 11, 2 / 11, 0.5 / 11, 0.5 / 11]),
        (Sampling(temperature=0.5, top_p=0.7), [0], [1.0]),
    ],
)
def test_temperature_top_k_and_top_p_by_hand(settings: Sampling, tokens: list[int], probabilities: list[float]) -> None:
    found, shares = nucleus(LOGS, settings)
    assert found.tolist() == tokens
    np.testing.assert_allclose(shares, np.array(probabilities) / sum(probabilities), rtol=1e-5)


@given(st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=20), st.integers(0, 5), st.floats(0.05, 1.0))
def test_what_may_be_drawn_is_never_empty_and_sums_to_one(scores: list[float], top_k: int, top_p: float) -> None:
    tokens, shares = nucleus(log_softmax(np.array(scores, np.float32)), Sampling(top_k=top_k, top_p=top_p))
    assert len(tokens) == len(set(tokens.tolist())) >= 1
    assert shares.sum() == pytest.approx(1.0)
    assert len(tokens) <= (top_k or len(scores))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"temperature": 0.0}, "temperature is 0"), ({"top_k": -1}, "top_k is -1"), ({"top_p": 0.0}, "top_p is 0")],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Sampling(**wrong)  # type: ignore[arg-type]


def test_prompts_of_different_lengths_or_none_are_refused() -> None:
    with pytest.raises(UserError, match="at least one token"):
        generate(TableSteps(CHAIN), [[]], Greedy(), ENDS)
