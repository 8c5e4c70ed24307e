"""The list under way: each need once, not all of one kind."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.suggest.chosen import OF_ONE_KIND, Chosen, Pick

KEYS = ("oat milk", "milk oat", "bread", "sweetener", "rolls", "buns", "toast")
TWINS = {0: (1,), 1: (0,)}


def chosen(most: int = 10, *, spread: bool = False, kinds: Sequence[int] = (), hidden: Sequence[int] = ()) -> Chosen:
    return Chosen(
        most=most,
        spread=spread,
        twins=lambda number: TWINS.get(number, ()),
        category=lambda number: kinds[number] if kinds else 0,
        hidden=lambda number: number in hidden,
        key=KEYS.__getitem__,
    )


def pick(number: int) -> Pick:
    return Pick(number, 1.0, "literal", "x")


def made(text: str) -> Pick:
    return Pick(-1, 1.0, "generated", "x", text=text)


def listed(made_of: Chosen) -> list[str]:
    return [one.text or KEYS[one.number] for one in made_of.picks]


def test_what_a_higher_one_says_is_left_out_and_remembered() -> None:
    found = chosen()
    found.add(map(pick, (1, 0, 2, 2)))
    assert listed(found) == ["milk oat", "bread"]
    assert found.dropped == [(0, 1)]


def test_there_is_room_for_so_many_and_no_more() -> None:
    found = chosen(2)
    found.add(map(pick, (2, 3, 4)))
    assert listed(found) == ["bread", "sweetener"]
    assert found.full


def test_hidden_ones_take_no_room_and_hide_nobody() -> None:
    found = chosen(hidden=(0,))
    found.add(map(pick, (0, 1)))
    assert listed(found) == ["milk oat"]


def test_a_completion_never_says_again_what_is_on_the_list() -> None:
    found = chosen()
    found.add([pick(3), made("sweeteners"), made("sweet ener"), made("bread crumb"), made("bread crumbs")])
    assert listed(found) == ["sweetener", "bread crumb"]


def test_nor_does_a_candidate_that_comes_after_it() -> None:
    found = chosen()
    found.add([made("sweeteners"), pick(3), made("breads"), pick(2), pick(4)])
    assert listed(found) == ["sweeteners", "breads", "rolls"]


def test_after_short_prefixes_what_is_of_one_kind_waits_until_nothing_else_is_left() -> None:
    kinds = (1, 1, 2, 1, 1, 1, 1)
    found = chosen(spread=True, kinds=kinds)
    found.add(map(pick, (0, 3, 4, 5, 6, 2)))
    assert listed(found) == ["oat milk", "sweetener", "rolls", "bread"]
    assert sum(kinds[one.number] == 1 for one in found.picks) == OF_ONE_KIND
    found.fill()
    assert listed(found)[4:] == ["buns", "toast"]
