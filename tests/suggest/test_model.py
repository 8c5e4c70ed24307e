"""The features of the ranking, by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from aisle.suggest.candidates import Candidate
from aisle.suggest.columns import move_arrays, static_worth, store_worth, tap_arrays, twin_arrays, usual_cart_rate
from aisle.suggest.model import Learned, RankModel, TapRates, dynamic_features, static_features
from aisle.suggest.words import text_hash


def candidate(text: str = "milk", **more: object) -> Candidate:
    return Candidate(**{"text": text, "popularity": 1.0, "source": "events", **more})  # type: ignore[arg-type]


def test_features_of_a_candidate_alone() -> None:
    known = candidate(image="x", cart_rate=0.6, source="catalogue")
    found = static_features(known, TapRates(taps=0.5, skips=-0.1), 0.3)
    assert found == pytest.approx(
        {"taps": 0.5, "skips": -0.1, "cart": log(2), "picture": 1, "offered": 1, "length": log(4)}
    )
    plain = static_features(candidate(), TapRates(), 0.3)
    assert (plain["cart"], plain["picture"], plain["offered"]) == (0, 0, 0)
    assert static_features(known, TapRates(), 0.0)["cart"] == 0


def test_features_of_what_has_been_typed() -> None:
    def features(typed: int) -> dict[str, np.ndarray]:
        return dynamic_features(
            typed=typed,
            lengths_F=np.array([4, 30]),
            starts_F=np.array([True, False]),
            pairs_F=None,
            moves_F=None,
            repeated_F=None,
            scores_F=np.array([1.0, np.e]),
        )

    assert features(2)["saved"].tolist() == [0.25, 1.0]
    assert features(5)["saved"].tolist() == [0.0, 1.0]
    assert features(2)["short"].tolist() == pytest.approx([0, 1])
    assert features(3)["short"].tolist() == [0, 0]
    assert features(2)["pair"].tolist() == features(2)["session"].tolist() == [0, 0]


def test_a_model_forgets_what_it_is_told_to_and_refuses_what_it_never_knew() -> None:
    model = RankModel(weights={"popularity": 1.0, "start": 3.0})
    assert model.looks
    assert not model.without("start").looks
    assert model.without("start").weight("popularity") == 1
    assert model.weight("picture") == 0
    with pytest.raises(AssertionError, match="colour"):
        RankModel(weights={"colour": 1.0})


def test_worth_is_the_weighted_sum_and_a_stores_cart_rate_adds_to_it() -> None:
    listed = [
        candidate(cart_rate=0.2, store_cart_rates=(("north", 0.4),)),
        candidate("tea", cart_rate=0.8),
        candidate("x"),
    ]
    assert usual_cart_rate(listed) == pytest.approx(0.4)
    assert usual_cart_rate([candidate()]) == 0
    learned = Learned(model=RankModel(weights={"popularity": 1.0, "cart": 2.0}))
    worth = static_worth(["milk", "tea", "x"], listed, learned)
    assert worth.tolist() == pytest.approx([2 * log(0.5), 2 * log(2), 0])
    assert store_worth("north", listed, learned).tolist() == pytest.approx([2 * log(2), 0, 0])
    assert static_worth(["milk"], [candidate()], Learned()).tolist() == [0]


def test_pairs_that_the_operator_keeps_apart_are_no_twins() -> None:
    keys = ["apple sauce", "applesauce", "mayo", "mayonnaise"]
    listed = [candidate(key) for key in keys]

    def twins(apart: set[tuple[str, str]]) -> dict[str, list[str]]:
        arrays = twin_arrays(keys, listed, {"mayo": {"mayonnaise", "gone"}}, apart, {})
        ends = arrays["twin-ends"].tolist()
        return {key: [keys[at] for at in arrays["twins"][ends[n] : ends[n + 1]]] for n, key in enumerate(keys)}

    assert twins(set()) == {
        "apple sauce": ["applesauce"],
        "applesauce": ["apple sauce"],
        "mayo": ["mayonnaise"],
        "mayonnaise": ["mayo"],
    }
    assert twins({("mayo", "mayonnaise"), ("mayonnaise", "mayo")})["mayo"] == []


def test_pulls_are_filed_by_what_was_typed_and_moves_by_kinds() -> None:
    learned = Learned(pulls={("mi", "milk"): 0.5, ("te", "tea"): -1.0, ("x", "gone"): 9.0}, moves={("A", "B"): 2.0})
    arrays = tap_arrays(["milk", "tea"], learned)
    assert arrays["tap-pairs"].tolist() == sorted([text_hash("mi") << 32, text_hash("te") << 32 | 1])
    assert sorted(arrays["tap-values"].tolist()) == [-1.0, 0.5]
    assert move_arrays(["", "A", "B"], learned)["moves"].reshape(3, 3).tolist() == [[0, 0, 0], [0, 0, 2], [0, 0, 0]]
    assert move_arrays(["", "A"], Learned())["moves"].size == 0
