"""Words in any order: what is found is what going through all candidates finds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.matching import locate
from aisle.suggest.scattered import scattered

WORDS = ("oat", "oats", "milk", "whole", "bread", "brown", "egg", "eggs", "6pack")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SuggestIndex:
    chance = random.Random(5)
    texts = {" ".join(chance.sample(WORDS, chance.randint(1, 4))) for _ in range(150)}
    directory: Path = tmp_path_factory.mktemp("scattered")
    build_suggestions(
        directory,
        [Candidate(text=text, popularity=1 + n, source="events") for n, text in enumerate(sorted(texts))],
    )
    return SuggestIndex.open(directory)


def found(index: SuggestIndex, typed: str) -> list[str]:
    (section,) = index._sections("")
    return [index.key(number) for _, number in scattered(section, index._mapped, typed)]


@pytest.mark.parametrize("typed", ["milk oat", "oat milk ", "brown e", "eggs brown", "6pack wh", "bread whole milk"])
def test_every_candidate_with_all_the_words_best_first(index: SuggestIndex, typed: str) -> None:
    parts = typed.split()
    wanted = [f"{part} " for part in parts[:-1]] + [parts[-1] + (" " if typed.endswith(" ") else "")]
    keys = [index.key(number) for number in range(len(index))]
    expected = {key for key in keys if all(locate(key, word) >= 0 for word in wanted)}
    assert expected
    assert set(found(index, typed)) == expected
    (section,) = index._sections("")
    scores = [score for score, _ in scattered(section, index._mapped, typed)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("typed", ["milk", "", "milk milk", "zebra milk", "a b c d e f g h i"])
def test_one_word_repeated_words_unknown_and_too_many_find_nothing(index: SuggestIndex, typed: str) -> None:
    assert found(index, typed) == []


def test_a_finished_word_is_not_the_beginning_of_another(index: SuggestIndex) -> None:
    assert any("eggs" in key.split() and "egg" not in key.split() for key in found(index, "brown egg"))
    assert all("egg" in key.split() for key in found(index, "brown egg "))
