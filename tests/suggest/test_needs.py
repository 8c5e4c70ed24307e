from __future__ import annotations

import pytest

from aisle.suggest.calibrate import Pair, labelled_pairs
from aisle.suggest.matching import fold
from aisle.suggest.needs import Guard, Sense

PAIRS = labelled_pairs()
DANGEROUS = [pair for pair in PAIRS if not pair.same]


def sense(text: str, asked: bool = False, **products: float) -> Sense:
    return Sense(key=fold(text), products=products, asked=asked)


@pytest.mark.parametrize("pair", DANGEROUS, ids=lambda pair: f"{pair.one} | {pair.other}")
def test_different_things_are_never_taken_for_one_at_a_calibrated_threshold(pair: Pair) -> None:
    """Even if an encoder finds them as close as it finds any two of the dangerous pairs."""
    closest = 0.935 if pair.one not in ("butter", "pop", "egg") else 0.72
    assert Guard().reason(sense(pair.one), sense(pair.other), closest, 0.75)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mayo", "mayonnaise"),
        ("mac and cheese", "macaroni cheese"),
        ("cheese slices", "sliced cheese"),
        ("7up", "7 up"),
    ],
)
def test_other_words_for_one_thing_are_one(one: str, other: str) -> None:
    assert Guard().same(sense(one), sense(other), 0.8, 0.8)
    if fold(one).replace(" ", "") != fold(other).replace(" ", ""):
        assert Guard().reason(sense(one), sense(other), 0.79, 0.8) == "not close enough"


def test_the_words_of_a_shops_brands_tell_apart() -> None:
    # Without the shop, one is taken for a form of the other.
    assert Guard().same(sense("hunts ketchup"), sense("hunter ketchup"), 0.9, 0.8)
    assert not Guard(brands=frozenset({"hunt"})).same(sense("hunts ketchup"), sense("hunter ketchup"), 0.9, 0.8)
    same = {"a": 1.0}
    assert not Guard(brands=frozenset({"fernwood"})).same(sense("milk", **same), sense("fernwood milk", **same), 1, 0.8)


def test_more_words_are_another_thing_unless_they_lead_to_the_same_products() -> None:
    guard = Guard()
    assert guard.reason(sense("broom"), sense("angle broom"), 0.95, 0.8) == "one says more than the other"
    assert guard.same(sense("broom", a=0.5, b=0.5), sense("angle broom", a=0.5, b=0.5), 0.95, 0.8)
    assert not guard.same(sense("broom", a=0.5, b=0.5), sense("angle broom", a=1.0), 0.95, 0.8)


def test_quite_other_words_are_one_thing_only_if_people_buy_the_same() -> None:
    guard = Guard()
    bought = {"a": 0.7, "b": 0.3}
    assert guard.same(sense("soda", True, **bought), sense("pop", True, **bought), 0.85, 0.8)
    assert not guard.same(sense("soda", **bought), sense("pop", **bought), 0.85, 0.8)
    assert not guard.same(sense("soda", True, **bought), sense("pop", True, c=1.0), 0.85, 0.8)


def test_words_in_another_order_may_be_another_thing() -> None:
    one = Sense(key="chocolate milk", categories={"Milk": 1.0})
    other = Sense(key="milk chocolate", categories={"Chocolate Bars": 1.0})
    assert not Guard().same(one, other, 0.98, 0.8)
    assert Guard().same(one, Sense(key="milk chocolate"), 0.98, 0.8)


def test_the_operator_keeps_texts_apart() -> None:
    apart = frozenset({("straws", "straw"), ("straw", "straws")})
    assert Guard().same(sense("straws"), sense("straw"), 1.0, 0.8)
    assert not Guard(apart=apart).same(sense("straws"), sense("straw"), 1.0, 0.8)


@pytest.mark.parametrize("other", ["3 ply tissue", "three ply tissue", "ply tissue", "two ply tissue 6 ct"])
def test_another_number_is_another_thing(other: str) -> None:
    assert Guard().reason(sense("two ply tissue"), sense(other), 0.99, 0.8) == "another number or size"
