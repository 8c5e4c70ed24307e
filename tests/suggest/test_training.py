"""The engagement model: what it learns from a log whose reasons are known."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from aisle.shop.query_log import Moment
from aisle.suggest.candidates import Candidate
from aisle.suggest.model import FEATURES, UNTRAINED
from aisle.suggest.settings import RankSettings
from aisle.suggest.training import _as_of, _prefixes, train

FEW = RankSettings(least_choices=20)
TEXTS = ("milk", "milk jug", "mint tea", "mini rolls", "cold milk", "almond milk")


def candidates(*pictures: str) -> list[Candidate]:
    return [
        Candidate(text=text, popularity=10, source="events", category="Food", image="x" * (text in pictures))
        for text in TEXTS
    ]


def moment(prefix: str, query: str, at: int, shown: tuple[str, ...] = (), tapped: str = "") -> Moment:
    return Moment(f"s{at}", prefix, shown, tapped, query, "", "", at)


def test_too_little_to_learn_from_is_said_and_not_made_up() -> None:
    found = train(candidates(), [moment("mi", "milk", at) for at in range(19)], RankSettings(least_choices=20))
    assert (found.learned.model, found.choices, found.shown) == (UNTRAINED, 0, 0)
    assert train([], [], FEW).learned.model == UNTRAINED


def test_people_who_type_from_the_beginning_teach_that_beginnings_count() -> None:
    # All six match "mi"; only those that begin with it are ever searched for.
    beginnings = [text for text in TEXTS if text.startswith("mi")]
    log = [moment("mi", beginnings[at % 4], at) for at in range(400)]
    found = train(candidates(), log, FEW)
    assert found.choices == 100  # the later quarter
    assert found.learned.model.weight("start") > 2
    assert set(found.learned.model.weights) == set(FEATURES)


def test_a_picture_that_draws_is_learned_whatever_the_place() -> None:
    chance = Random(1)
    log = []
    for at in range(1200):
        shown = chance.sample(TEXTS[:4], 4)
        # The first place is tapped often; beyond that, what has a picture.
        tapped = shown[0] if chance.random() < 0.4 else "mint tea"
        log.append(moment("mi", tapped, at, tuple(shown), tapped))
    found = train(candidates("mint tea"), log, FEW)
    assert found.shown == 300
    model = found.learned.model
    assert model.weight("picture") + model.weight("taps") * found.learned.rates["mint tea"].taps > 0.5
    # The place is no feature of what serves.
    assert "place" not in model.weights


def test_nothing_tapped_and_something_unknown_tapped_are_no_errors() -> None:
    shown = ("milk", "gone", "mint tea")
    log = [moment("mi", "milk", at, shown, ("milk", "", "gone", "mint tea")[at % 4]) for at in range(160)]
    found = train(candidates(), log, FEW)
    # Of the later 40 a quarter tapped what is no candidate any more; in the others there was a choice, or none taken.
    assert found.shown == 30
    assert np.isfinite(list(found.learned.model.weights.values())).all()


def test_the_same_log_in_any_order_teaches_the_same() -> None:
    log = [moment("mi", TEXTS[at % 4], at) for at in range(200)]
    shuffled = Random(0).sample(log, len(log))
    assert train(candidates(), log, FEW) == train(candidates(), shuffled, FEW)


def test_popularity_is_that_of_before() -> None:
    earlier = [moment("mi", "milk", at) for at in range(8)]
    later = [moment("mi", "mint tea", 100 + at) for at in range(8)]
    by_key = {one.text: one for one in candidates()}
    known = _as_of(by_key, earlier, later)
    # Half of all searches were earlier; all of "milk" were: twice its share. Of "mint tea" 1 of 9 at most.
    assert known["milk"].popularity == pytest.approx(10 * (9 / 9) / 0.5)
    assert known["mint tea"].popularity == pytest.approx(10 * (1 / 9) / 0.5)
    assert known["almond milk"].popularity == pytest.approx(10 / 0.5)


def test_where_no_typing_was_logged_prefixes_are_cut_from_the_query() -> None:
    typed, cut, short = moment("al", "almond milk", 1), moment("", "almond milk", 2), moment("", "ab", 3)
    assert [prefix for _, prefix in _prefixes([typed])] == ["al"]
    found = [prefix for _, prefix in _prefixes([cut])]
    assert 1 <= len(found) <= 2
    assert all(prefix and "almond milk".startswith(prefix) and prefix != "almond milk" for prefix in found)
    assert found == [prefix for _, prefix in _prefixes([cut])]
    assert list(_prefixes([short])) == []
    log = [moment("", TEXTS[at % 4], at) for at in range(400)]
    assert train(candidates(), log, FEW).choices > 20
