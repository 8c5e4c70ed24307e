"""From a ledger to suggestions: mined, learned, compared, written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.shop.event import Event
from aisle.shop.ledger import Ledger
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import Lists
from aisle.suggest.making import Log, load_threshold, make_suggestions, read_log, save_threshold
from aisle.suggest.model import UNTRAINED
from aisle.suggest.settings import DuplicateSettings, MiningSettings, RankSettings

from .world import PRODUCTS, event, ledger

RANK = RankSettings(least_choices=20)


def log_of(opened: Ledger) -> Log:
    return read_log(opened, MiningSettings())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(tmp_path_factory.mktemp("ledger") / "ledger.sqlite") as made:
        yield made


@pytest.fixture(scope="module")
def log(opened: Ledger) -> Log:
    return log_of(opened)


def made(directory: Path, log: Log, **more: object) -> SuggestIndex:
    directory.mkdir(exist_ok=True)
    make_suggestions(directory, PRODUCTS, log, rank=RANK, **more)  # type: ignore[arg-type]
    return SuggestIndex.open(directory, lists=more.get("lists"))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, log: Log) -> SuggestIndex:
    return made(tmp_path_factory.mktemp("made"), log)


def texts(index: SuggestIndex, prefix: str, **more: object) -> list[str]:
    return [one.text for one in index.suggest(prefix, **more)]  # type: ignore[arg-type]


def test_what_people_call_it_is_kept_though_no_product_says_so(index: SuggestIndex) -> None:
    (found,) = index.suggest("lunch m")
    assert (found.text, found.category, found.image) == ("lunch meat", "Cold Cuts", "ham-1")


def test_suggestions_say_what_they_lead_to(index: SuggestIndex) -> None:
    by_text = {one.text: one for one in index.suggest("milk")}
    assert by_text["milk chocolate"].category == "Chocolate"
    assert {one.text: one.image for one in index.suggest("whole")}["whole milk"] == "box-1"


def test_what_is_tapped_more_than_its_place_explains_comes_first(index: SuggestIndex, log: Log) -> None:
    assert log.evidence.popularity["milk"] > log.evidence.popularity["milk chocolate"]
    assert texts(index, "mi")[0] == "milk chocolate"


def test_what_goes_with_the_query_before_comes_first(index: SuggestIndex) -> None:
    assert texts(index, "ch", previous="whole milk")[0] == "chocolate"
    with_before = {one.text: one.score for one in index.suggest("ch", previous="whole milk")}
    without = {one.text: one.score for one in index.suggest("ch")}
    assert with_before["chocolate"] > without["chocolate"]


def test_what_the_catalogue_has_is_put_together_with_what_people_call_it(index: SuggestIndex) -> None:
    assert "fernwood whole milk" in texts(index, "fernwood wh")
    assert "organic milk" in texts(index, "organ")


def test_what_is_out_of_stock_is_not_suggested(index: SuggestIndex) -> None:
    assert texts(index, "smoked") == []
    assert texts(index, "turkey") == []


def test_a_store_is_not_offered_what_it_cannot_sell(index: SuggestIndex) -> None:
    assert "oakley dairy" in texts(index, "oakley", store="north")
    assert not any("oakley" in text for text in texts(index, "oakley", store="south"))


def test_the_same_log_gives_the_same_files(tmp_path: Path, log: Log) -> None:
    made(tmp_path / "one", log)
    made(tmp_path / "two", log)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_log_too_small_to_learn_from_is_ranked_by_popularity_and_beginnings(tmp_path: Path, log: Log) -> None:
    report = make_suggestions(tmp_path, PRODUCTS, log, rank=RankSettings(least_choices=10_000))
    assert report.choices == 0
    assert SuggestIndex.open(tmp_path).model == UNTRAINED


def test_slips_that_many_people_make_are_no_suggestion_and_count_for_what_was_meant(tmp_path: Path) -> None:
    slips = [
        event(action, f"x{number}", 1_200_000 + number, query="choclate", **more)
        for number in range(8)
        for action, more in (("search", {}), ("add_to_cart", {"product_id": "5"}))
    ]
    with ledger(tmp_path / "ledger.sqlite", *slips) as opened:
        report = make_suggestions(tmp_path, PRODUCTS, log_of(opened), rank=RANK)
    assert report.dropped["misspelt"] == 1
    found = SuggestIndex.open(tmp_path).suggest("choclate")
    assert found[0].text == "chocolate"
    assert {one.match for one in found} == {"fuzzy"}


def test_queries_that_went_on_at_once_were_still_being_typed(tmp_path: Path) -> None:
    hurried = [
        event("search", f"h{number}", 1_200_000 + 60 * number + later, query=query)
        for number in range(9)
        for query, later in (("whole", 0), ("whole milk", 2))
    ]
    with ledger(tmp_path / "ledger.sqlite", *hurried) as opened:
        report = make_suggestions(tmp_path, PRODUCTS, log_of(opened), rank=RANK)
    assert report.dropped["half typed"] == 1
    assert "whole" not in texts(SuggestIndex.open(tmp_path), "who")


def test_the_operators_lists_are_kept(tmp_path: Path, log: Log) -> None:
    lists = Lists(always=("sauce for spaghetti", "unicorns"), never=("chocolate",), not_duplicates=(("milk", "milks"),))
    index = made(tmp_path, log, lists=lists)
    assert "sauce for spaghetti" in texts(index, "sauce f")
    assert texts(index, "unic") == []
    assert not any("chocolate" in text for text in texts(index, "cho") + texts(index, "mi"))


def test_rude_words_are_not_suggested_unless_the_operator_says_so(tmp_path: Path) -> None:
    rude = [event("search", f"r{number}", 1_200_000 + number, query="shit milk") for number in range(9)]
    with ledger(tmp_path / "ledger.sqlite", *rude) as opened:
        log = log_of(opened)
    (tmp_path / "made").mkdir()
    report = make_suggestions(tmp_path / "made", PRODUCTS, log, rank=RANK)
    assert report.dropped["blocked"] == 1
    assert not any("shit" in text for text in texts(SuggestIndex.open(tmp_path / "made"), "shi"))


# By meaning ------------------------------------------------------------------------------------------------------


def alike(texts: Sequence[str]) -> NDArray[np.float32]:
    """An encoder to which everything is the same: the guard alone decides."""
    return np.tile(np.array([[1.0, 0.0]], np.float32), (len(texts), 1))


def test_even_if_all_vectors_are_the_same_different_things_stay_apart(tmp_path: Path, log: Log) -> None:
    index = made(tmp_path, log, encode=alike)
    for one, other in (("milk", "oat milk"), ("milk chocolate", "dark chocolate"), ("spaghetti", "tomato sauce")):
        number = index.number(one)
        assert number is not None
        assert index.number(other) not in index.twins(number)


def test_vectors_are_taken_over_from_the_version_before(tmp_path: Path, log: Log) -> None:
    encoded: list[str] = []

    def counting(texts: Sequence[str]) -> NDArray[np.float32]:
        encoded.extend(texts)
        return alike(texts)

    made(tmp_path / "one", log, encode=counting)
    assert encoded
    encoded.clear()
    made(tmp_path / "two", log, encode=counting, before=tmp_path / "one")
    assert encoded == []


def test_a_threshold_is_kept_for_the_next_build(tmp_path: Path) -> None:
    assert load_threshold(tmp_path) == DuplicateSettings()
    save_threshold(tmp_path, 0.83)
    assert load_threshold(tmp_path).threshold == 0.83
    (tmp_path / "suggest" / "duplicates.json").write_text("[]")
    with pytest.raises(UserError, match="aisle suggest calibrate"):
        load_threshold(tmp_path)


# A language model ------------------------------------------------------------------------------------------------


def test_what_a_language_model_makes_up_is_marked_and_kept_only_if_it_has_results(tmp_path: Path, log: Log) -> None:
    def complete(known: Sequence[str]) -> list[str]:
        assert "milk" in known
        return ["sliced ham", "flying ham", "milk"]

    index = made(tmp_path, log, complete=complete)
    assert [(one.text, one.match) for one in index.suggest("sliced h")] == [("sliced ham", "generated")]
    assert texts(index, "flying") == []


def test_events_are_built_with_times_of_their_own() -> None:
    assert isinstance(event("search", "s", 90_000), Event)
    assert event("search", "s", 90_000).timestamp == "2025-06-02T01:00:00Z"
