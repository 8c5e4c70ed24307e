from __future__ import annotations

import pytest

from aisle.suggest.literal import known_departments, same_families


def same(one: str, other: str, *departments: str) -> bool:
    return any(set(family) == {0, 1} for family in same_families([one, other], departments or ("", "")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("apple sauce", "applesauce"),
        ("banana", "bananas"),
        ("cheese slice", "slices cheese"),
        ("hot dog bun", "hotdog buns"),
    ],
)
def test_other_spaces_numbers_and_orders_say_the_same(one: str, other: str) -> None:
    assert same(one, other)
    assert same(one, other, "Food", "Food")


def test_different_words_do_not() -> None:
    assert not same("size 1 diapers", "size 2 diapers")
    assert not same("straws", "straus")
    assert not same("milk", "milk milk")


def test_where_departments_differ_only_the_same_letters_say_the_same() -> None:
    assert same("apple sauce", "applesauce", "Fruit", "Sauces")
    assert not same("pepper", "peppers", "Spices", "Produce")
    assert not same("chocolate milk", "milk chocolate", "Dairy", "Sweets")


def test_in_another_order_what_is_known_of_one_alone_is_not_enough() -> None:
    assert not same("chocolate milk", "milk chocolate", "", "Sweets")
    assert same("banana", "bananas", "", "Produce")
    assert same("chips potato", "potato chips", "Snacks", "Snacks")


DEPARTMENTS = {
    "Ground Black Pepper": "Spices",
    "Cayenne Pepper": "Spices",
    "Red Bell Peppers": "Produce",
    "Jalapeño Peppers": "Produce",
    "Mini Sweet Peppers": "Produce",
    "Green Peppers": "Produce",
    "Ham Sandwich": "Deli",
    "Turkey Sandwich": "Deli",
    "Breakfast Sandwiches": "Frozen",
    "Ice Cream Sandwiches": "Frozen",
    "Measuring Cups": "Kitchen",
    "Chicken Breast": "Deli",
    "Duck Breast": "Meat",
}


def about(*keys: str, kinds: tuple[str, ...] = ()) -> list[str]:
    return known_departments(keys, kinds or ("",) * len(keys), DEPARTMENTS)


def test_names_of_kinds_tell_what_a_number_of_a_word_is_about() -> None:
    assert about("pepper", "peppers", "black pepper") == ["Spices", "Produce", ""]
    assert not same("pepper", "peppers", *about("pepper", "peppers"))
    # Where the kind is known, it alone counts.
    assert about("peppers", kinds=("Cayenne Pepper",)) == ["Spices"]
    assert about("peppers", kinds=("Never Seen",)) == ["Never Seen"]


def test_few_kinds_or_kinds_that_disagree_tell_nothing() -> None:
    assert about("cups", "breast", "sandwich", "sandwiches", "fernwood") == [""] * 5
    assert same("sandwich", "sandwiches", *about("sandwich", "sandwiches"))
