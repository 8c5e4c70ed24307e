"""Cells into values: what is read, and what is refused with a reason."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.shop.values import (
    BadValueError,
    attribute_list,
    boolean,
    category_path,
    identifier,
    price,
    store_list,
    text,
)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("3.50", 3.5),
        (" $3.50 ", 3.5),
        ("US$3.50", 3.5),
        ("3.50 EUR", 3.5),
        ("€ 3,50", 3.5),
        ("3,5", 3.5),
        ("3,50", 3.5),
        ("1,234", 1234),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u202f234.50", 1234.5),
        ("1'234.50", 1234.5),
        ("1,234,567", 1234567),
        (".99", 0.99),
        ("1.234", 1.234),
        ("0", 0),
        (0, 0),
        (3, 3),
        (2.25, 2.25),
        ("", None),
        ("  ", None),
        (None, None),
        (math.nan, None),
    ],
)
def test_prices_that_are_read(cell: Any, amount: float | None) -> None:
    assert price(cell) == amount


@pytest.mark.parametrize(
    "cell",
    [
        "free",
        "N/A",
        "3.50 - 4.00",
        "3..5",
        "1,23,4",
        "1,2345",
        "12,34,56",
        "3.50.1",
        "$",
        "nan",
        "inf",
        "1e5",
        "1_000",
        "٣",
        "3.5x",
        "9" * 60,
        "-1",
        "$-3.50",
        -0.01,
        math.inf,
        -math.inf,
        1e10,
        10**400,
        True,
        [3],
        {"usd": 3},
    ],
)
def test_prices_that_are_refused(cell: Any) -> None:
    with pytest.raises(BadValueError, match="price"):
        price(cell)


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        *((word, True) for word in ("true", "TRUE", "Yes", "y", "1", "in stock", "in_stock", "In-Stock", "17", "2.0")),
        *((word, False) for word in ("false", "No", "n", "F", "0", "out of stock", "out_of_stock", "sold out", "0.0")),
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        (12.0, True),
        (None, True),
        ("", True),
        (math.nan, True),
    ],
)
def test_yes_and_no_in_many_spellings(cell: Any, answer: bool) -> None:
    assert boolean(cell, "in_stock") is answer


@pytest.mark.parametrize("cell", ["maybe", "-1", -1, "1 or 2", [], {}, "tru"])
def test_neither_yes_nor_no_is_refused(cell: Any) -> None:
    with pytest.raises(BadValueError, match=r"in_stock .* is neither yes nor no"):
        boolean(cell, "in_stock")


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("Dairy & Eggs > Milk > Whole Milk", ("Dairy & Eggs", "Milk", "Whole Milk")),
        ("Dairy>Milk", ("Dairy", "Milk")),
        (" > Dairy >  > Milk > ", ("Dairy", "Milk")),
        ("Nuts / Seeds", ("Nuts / Seeds",)),
        (["Dairy", "Milk"], ("Dairy", "Milk")),
        ('["Dairy", "Milk"]', ("Dairy", "Milk")),
        (7, ("7",)),
        ("", ()),
        (None, ()),
        (math.nan, ()),
        ([], ()),
    ],
)
def test_category_paths(cell: Any, path: tuple[str, ...]) -> None:
    assert category_path(cell) == path


@pytest.mark.parametrize(
    ("cell", "facts"),
    [
        ("organic; vegan, gluten free", ("organic", "vegan", "gluten free")),
        ("1,5 l; 3.5 %", ("1,5 l", "3.5 %")),
        ("organic|vegan\nkosher", ("organic", "vegan", "kosher")),
        ("organic;;organic; ", ("organic",)),
        (["a, b", "c"], ("a, b", "c")),
        ('["a, b", 3]', ("a, b", "3")),
        ({"size": "1 gal", "fat": 2, "brand": None}, ("size: 1 gal", "fat: 2")),
        ('{"size": ["S", "M"], "none": ""}', ("size: S", "size: M")),
        ("", ()),
        (None, ()),
    ],
)
def test_attributes(cell: Any, facts: tuple[str, ...]) -> None:
    assert attribute_list(cell) == facts


@pytest.mark.parametrize(
    ("cell", "stores"),
    [
        ("1,2,3", ("1", "2", "3")),
        ("north; south|north", ("north", "south")),
        ('["a", "b"]', ("a", "b")),
        ([1, 2.0], ("1", "2")),
        (0, ("0",)),
        ("Main Street", ("Main Street",)),
        ("", ()),
        ([], ()),
    ],
)
def test_stores(cell: Any, stores: tuple[str, ...]) -> None:
    assert store_list(cell) == stores


@pytest.mark.parametrize("read", [category_path, attribute_list, store_list])
def test_what_only_starts_like_json_is_refused(read: Any) -> None:
    for cell in ("['a', 'b']", "[Organic", '{"a": ', "[" * 100_000):
        with pytest.raises(BadValueError, match="starts like JSON but is not"):
            read(cell)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (" two \t\n words ", "two words"),
        (12, "12"),
        (12.0, "12"),
        (1.5, "1.5"),
        (None, ""),
        (math.nan, ""),
        ("é🍮", "é🍮"),
    ],
)
def test_texts(cell: Any, written: str) -> None:
    assert text(cell, "title", 100) == written


@pytest.mark.parametrize("cell", [True, [], {}, b"x", object(), math.inf * 0j, "a\0b", "\ud800"])
def test_texts_that_are_refused(cell: Any) -> None:
    with pytest.raises(BadValueError, match="title"):
        text(cell, "title", 100)


def test_nothing_is_cut_to_fit() -> None:
    assert len(text("x" * 2000, "title", 2000)) == 2000
    with pytest.raises(BadValueError, match="title has 2,001 characters; at most 2,000 are allowed"):
        text("x" * 2001, "title", 2000)
    for read, cell in [
        (category_path, ">".join("abcdefghijk")),
        (category_path, "x" * 201),
        (attribute_list, ";".join(map(str, range(201)))),
        (attribute_list, "x" * 501),
        (store_list, ";".join(map(str, range(10_001)))),
        (store_list, "x" * 101),
    ]:
        with pytest.raises(BadValueError):
            read(cell)  # type: ignore[operator]


@pytest.mark.parametrize("cell", ["a\x01b", "a\x7f", "\u202egnp", "a\u200bb", "\ud800"])
def test_identifiers_hold_no_invisible_characters(cell: str) -> None:
    with pytest.raises(BadValueError):
        identifier(cell, "product_id")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(cell=anything)
def test_any_cell_becomes_a_value_or_a_reason(cell: Any) -> None:
    readers = [
        price,
        category_path,
        attribute_list,
        store_list,
        lambda value: boolean(value, "in_stock"),
        lambda value: identifier(value, "product_id"),
        lambda value: text(value, "title", 50),
    ]
    for read in readers:
        try:
            value = read(cell)
        except BadValueError as error:
            assert str(error)  # noqa: PT017
            continue
        repr(value).encode()
        if isinstance(value, float):
            assert 0 <= value <= 1e9


@settings(max_examples=200, deadline=None)
@given(cents=st.integers(0, 10**9), symbol=st.sampled_from(["", "$", "€", "USD ", "US$"]))
def test_a_written_price_is_read_back(cents: int, symbol: str) -> None:
    assert price(f"{symbol}{cents / 100:,.2f}") == pytest.approx(cents / 100)
    assert price(f"{symbol}{cents / 100:.2f}") == pytest.approx(cents / 100)
