from __future__ import annotations

import pytest

from aisle.suggest.literal import known_departments, same_families


def same(one: str, other: str, *departments: str) -> bool:
    known = [frozenset(filter(None, (department,))) for department in departments or ("", "")]
    return any(set(family) == {0, 1} for family in same_families([one, other], known))


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
    "Mangoes": "Produce",
    "Dried Mango": "Snacks",
    "Milk": "Dairy",
}


def about(*keys: str, kinds: tuple[str, ...] = ()) -> list[frozenset[str]]:
    return known_departments(keys, kinds or ("",) * len(keys), DEPARTMENTS)


def test_names_of_kinds_tell_what_a_number_of_a_word_is_about() -> None:
    pepper, peppers = about("pepper", "peppers")
    assert (pepper, peppers) == ({"Spices"}, {"Produce"})
    assert list(same_families(["pepper", "peppers"], [pepper, peppers])) == []
    # Where the kind is known, it alone counts.
    assert about("peppers", kinds=("Cayenne Pepper",)) == [{"Spices"}]
    assert about("peppers", kinds=("Never Seen",)) == [{"Never Seen"}]


def test_a_kind_that_is_called_so_speaks_for_both_numbers() -> None:
    mango, mangoes = about("mango", "mangoes")
    assert (mango, mangoes) == ({"Snacks", "Produce"}, {"Produce"})
    assert (0, 1) in list(same_families(["mango", "mangoes"], [mango, mangoes]))


def test_of_what_no_kind_ends_in_nothing_is_known() -> None:
    assert about("black", "bell", "fernwood milks") == [frozenset()] * 3
    assert about("milk", "milks") == [{"Dairy"}, {"Dairy"}]


def test_three_that_say_the_same_by_pairs_need_not_all_say_the_same() -> None:
    keys = ["pepper", "peppers", "peppers "]
    families = list(same_families(keys, [frozenset({"Spices"}), frozenset({"Produce"}), frozenset()]))
    pairs = {tuple(sorted(family)) for family in families}
    assert pairs == {(0, 2), (1, 2)}
