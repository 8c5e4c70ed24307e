from __future__ import annotations

from aisle.suggest import candidates
from aisle.suggest.candidates import Candidate


def merged(mentions: list[Candidate]) -> list[Candidate]:
    return list(candidates.merged(mentions).values())


def searched(text: str, popularity: float, *stores: str, **by_store: float) -> Candidate:
    return Candidate(
        text=text, popularity=popularity, stores=stores, source="events", store_popularity=tuple(by_store.items())
    )


def test_spellings_of_one_key_become_one_candidate_under_the_most_popular() -> None:
    (one,) = merged([searched("7 up", 5), searched("7up", 9)])
    assert (one.text, one.popularity, one.source) == ("7up", 9, "events")


def test_the_catalogue_decides_the_spelling_and_the_log_the_popularity() -> None:
    (one,) = merged([searched("coca cola", 90), Candidate(text="coca-cola", popularity=2, source="catalogue")])
    assert (one.text, one.popularity, one.source) == ("coca-cola", 90, "events")


def test_a_store_that_serves_one_mention_serves_all() -> None:
    (one,) = merged([searched("oat milk", 5, "north"), searched("oat-milk", 4, "south", "east")])
    assert one.stores == ("east", "north", "south")
    (one,) = merged([searched("oat milk", 5, "north"), searched("oat-milk", 4)])
    assert one.stores == ()


def test_popularity_in_a_store_is_the_highest_of_the_mentions() -> None:
    (one,) = merged([searched("oat milk", 9, north=3, south=1), searched("oat-milk", 9, north=7)])
    assert one.store_popularity == (("north", 7), ("south", 1))


def test_the_order_of_mentions_does_not_matter() -> None:
    mentions = [searched("tea", 5), searched("oat milk", 5), searched("oat-milk", 5), searched("apple", 1)]
    assert merged(mentions) == merged(mentions[::-1])
    assert [one.text for one in merged(mentions)] == ["apple", "oat milk", "tea"]


def test_merging_again_changes_nothing() -> None:
    once = merged([searched("7 up", 5), searched("7up", 9), searched("tea", 3)])
    assert merged(once) == once


def test_a_text_that_nothing_can_find_is_left_out() -> None:
    assert merged([searched("!!!", 5)]) == []


def test_candidates_come_under_their_keys() -> None:
    assert list(candidates.merged([searched("Oat-Milk", 5), searched("7 up", 9)])) == ["7up", "oat milk"]
