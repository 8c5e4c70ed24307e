"""Whatever is typed is answered, with bounded work, and shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.shop.sample.catalogue import sample_catalogue
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.mapped import Mapped
from aisle.suggest.mining import mine_candidates
from aisle.suggest.sections import Section
from aisle.suggest.words import Words

PRODUCTS = sample_catalogue(products=400, seed=2)
ODD = ("<img src=x onerror=alert(1)>", "'; drop table products; --", "🥐 croissant", "حليب", "שוקו חלב", "cr\u0301eme")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SuggestIndex:
    path = tmp_path_factory.mktemp("index")
    odd = [Candidate(text=text, popularity=5, source="events") for text in ODD]
    build_suggestions(path, [*mine_candidates(PRODUCTS, []), *odd], products=PRODUCTS)
    return SuggestIndex.open(path)


# Unpaired surrogates cannot come over HTTP and are no text.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
WORDY = st.lists(
    st.sampled_from(["organic", "mlik", "a", "2%", "sauce", "applsauce", "x" * 30, "é", "🥐", "-", "7"]), max_size=30
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(typed=st.one_of(TEXT, WORDY), previous=TEXT)
def test_every_beginning_of_every_text_is_answered(index: SuggestIndex, typed: str, previous: str) -> None:
    for end in {*range(min(len(typed), 12)), len(typed) // 2, len(typed)}:
        found = index.suggest(typed[:end], previous=previous, explain=True)
        assert len({one.text for one in found}) == len(found) <= 10
        for one in found:
            assert 0 <= one.start <= one.end <= len(one.text)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_completed_and_shown_as_they_are(index: SuggestIndex, text: str) -> None:
    assert text in [one.text for one in index.suggest(text[: len(text) - 1])]


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Counts the steps that cost something: look-ups of a range, words and keys compared."""
    counts: dict[str, int] = {}

    def counting(owner: Any, name: str) -> Any:
        original: Callable[..., Any] = getattr(owner, name)

        def call(*given: Any, **more: Any) -> Any:
            counts[name] = counts.get(name, 0) + 1
            return original(*given, **more)

        return mock.patch.object(owner, name, call)

    with ExitStack() as stack:
        for owner, name in ((Section, "find"), (Section, "span"), (Mapped, "key"), (Words, "word"), (Words, "place")):
            stack.enter_context(counting(owner, name))
        yield counts


WORST = (
    "mlik brad choclte appl sauc buter whle cofee",
    " ".join("organc" + letter for letter in "abcdefgh"),
    "a b c d e f g h i j k l m n o p",
    "applesaucemilkchocolatebread",
    "milk " * 40,
    "x" * 200,
    "é" * 200,
    "1 2 3 4 5 6 7 8 9",
    "organic organic milk milk",
    "s" * 24 + " " + "t" * 24,
)


@pytest.mark.parametrize("typed", WORST, ids=range(len(WORST)))
def test_the_worst_text_costs_a_bounded_number_of_steps(index: SuggestIndex, typed: str) -> None:
    """Steps are counted, not timed: the bound holds for any number of candidates, words and products."""
    with counted() as counts:
        index.suggest(typed)
    assert counts.get("find", 0) <= 24
    assert counts.get("span", 0) <= 100
    assert counts.get("key", 0) <= 400
    assert counts.get("word", 0) <= 2500
    assert counts.get("place", 0) <= 400
