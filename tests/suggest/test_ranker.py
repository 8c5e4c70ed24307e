"""The order of what matches: what is known of the query before, and what each suggestion's place rests on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.model import Learned, RankModel
from aisle.suggest.ranker import Before

CANDIDATES = tuple(
    Candidate(text=text, popularity=popularity, source="events", category=category)
    for text, popularity, category in (
        ("milk", 10, "Milk"),
        ("oat milk", 10, "Oat Milk"),
        ("milk bread", 10, "Bread"),
        ("milkshake", 8, ""),
        ("tea", 5, "Tea"),
    )
)


def opened(directory: Path, weights: dict[str, float], **learned: object) -> SuggestIndex:
    model = RankModel(weights={"popularity": 1.0} | weights)
    build_suggestions(directory, CANDIDATES, learned=Learned(model=model, **learned))  # type: ignore[arg-type]
    return SuggestIndex.open(directory)


def order(index: SuggestIndex, typed: str, previous: str = "") -> list[str]:
    return [one.text for one in index.suggest(typed, previous=previous)]


def test_candidates_are_found_by_their_whole_key_alone(tmp_path: Path) -> None:
    index = opened(tmp_path, {})
    for number in range(len(index)):
        assert index.number(index.key(number)) == number
    for key in ("mil", "milks", "", "zzz", "oat milk "):
        assert index.number(key) is None


def test_equal_scores_are_in_alphabetical_order(tmp_path: Path) -> None:
    assert order(opened(tmp_path, {}), "mi") == ["milk", "milk bread", "oat milk", "milkshake"]


def test_a_weight_for_beginnings_moves_what_begins_so(tmp_path: Path) -> None:
    assert order(opened(tmp_path, {"start": 2.0}), "mi") == ["milk", "milk bread", "milkshake", "oat milk"]


def test_what_saves_typing_can_count(tmp_path: Path) -> None:
    assert order(opened(tmp_path, {"saved": 9.0}), "milk")[:2] == ["milk", "milk bread"]  # the whole text is first


def test_a_pull_of_what_was_typed_counts_there_and_nowhere_else(tmp_path: Path) -> None:
    index = opened(tmp_path, {"pair": 1.0}, pulls={("mi", "milkshake"): 3.0})
    assert order(index, "mi")[0] == "milkshake"
    assert order(index, "mil")[0] == "milk"


def test_the_query_before_is_taken_for_its_longest_known_ending(tmp_path: Path) -> None:
    index = opened(tmp_path, {"session": 1.0}, moves={("Oat Milk", "Bread"): 3.0, ("Milk", "Oat Milk"): 3.0})
    assert order(index, "mi", "Fernwood Oat-Milk")[0] == "milk bread"
    assert order(index, "mi", "cold milk")[0] == "oat milk"
    for unknown in ("milkshake", "oats", "", "!!!", "x" * 5000):
        assert order(index, "mi", unknown) == order(index, "mi")


def test_the_query_before_itself_can_count_less(tmp_path: Path) -> None:
    index = opened(tmp_path, {"repeated": -3.0}, moves={("Tea", "Tea"): 0.0})
    assert order(index, "mi")[0] == "milk"
    assert order(index, "mi", "milk")[-1] == "milk"


def test_features_are_none_where_nothing_is_known(tmp_path: Path) -> None:
    index = opened(tmp_path, {"start": 1.0})
    found = index.features(index.pool("mi"), "mi", "milk")
    assert set(found) == {"start", "saved", "short", "pair", "session", "repeated"}
    assert not np.any(found["session"])
    assert not np.any(found["pair"])
    assert Before() == Before("", 0)


def test_an_explanation_adds_up(tmp_path: Path) -> None:
    index = opened(tmp_path, {"start": 2.0, "length": -0.1})
    by_text = {one.text: one for one in index.suggest("mi", explain=True)}
    why = by_text["milk"].why
    assert why is not None
    assert why["found"] == "what was typed stands in it"
    assert why["source"] == "events"
    parts = why["log parts"]
    assert parts["start"] == 2.0
    assert why["score"] == pytest.approx(10 * np.exp(sum(parts.values())), rel=1e-3)
    assert "start" not in by_text["oat milk"].why["log parts"]  # type: ignore[index]
