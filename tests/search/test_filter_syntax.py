"""The filter language, and what it says to those who get it wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.search.filter_syntax import And, InStock, Not, Or, PriceCompare, PriceIn, TextIn, parse_filter


@pytest.mark.parametrize(
    ("expression", "meaning"),
    [
        ("", None),
        ("  \n ", None),
        ("in_stock", InStock()),
        ("in_stock = true", InStock()),
        ("IN_STOCK = false", Not(InStock())),
        ("price<5", PriceCompare("<", 5)),
        ("price >= .5", PriceCompare(">=", 0.5)),
        ("price = 4.50", PriceIn((4.5,))),
        ("price != 4", Not(PriceIn((4,)))),
        ("price between 2 and 4.50", And((PriceCompare(">=", 2), PriceCompare("<=", 4.5)))),
        ("price not in (1, 2)", Not(PriceIn((1, 2)))),
        ("brand = 'O\\'Neil \"x\"'", TextIn("brand", ('O\'Neil "x"',))),
        ('brand != "a"', Not(TextIn("brand", ("a",)))),
        ('category = "Dairy > Milk"', TextIn("category", ("Dairy > Milk",))),
        ('attribute.size not in ("1 gal","2 l")', Not(TextIn("attribute.size", ("1 gal", "2 l")))),
        (
            'in_stock and price < 5 or not brand = "a"',
            Or((And((InStock(), PriceCompare("<", 5))), Not(TextIn("brand", ("a",))))),
        ),
        ("in_stock and (price < 1 or price > 2)", And((InStock(), Or((PriceCompare("<", 1), PriceCompare(">", 2)))))),
        ("not not in_stock", Not(Not(InStock()))),
    ],
)
def test_meaning(expression: str, meaning: object) -> None:
    assert parse_filter(expression) == meaning


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("prise < 5", r"at character 1 .*no field prise; fields are price, brand, .*did you mean price\?"),
        ("in_stock and prize < 5", r'at character 14 \("prize < 5"\)'),
        ("price < five", r"at character 9 .*expected a number such as 4\.50; found five"),
        ('price < "5"', "expected a number"),
        ("brand = Fernwood", 'expected a text in quotes such as "Fernwood"; found Fernwood'),
        ("brand < 'a'", "expected = != or `in` after brand; found <"),
        ("brand", "at its end: .*the filter ends"),
        ("price", "= != < <= > >= `between` or `in`"),
        ("price between 1", "expected `and`"),
        ("price not 3", "expected `in`"),
        ("in_stock = 1", "expected true or false"),
        ("in_stock price < 5", "expected `and`, `or`, or the end; found price"),
        ("(in_stock", r"expected `\)`"),
        ("in_stock)", "found \\)"),
        ("and in_stock", "expected a field"),
        ("in_stock and", "the filter ends"),
        ('brand in "a"', r"expected `\(`"),
        ("brand in ()", "expected a text"),
        ('brand = "open', "a text that is never closed"),
        ("price < 5 ; drop", 'expected a field, a number, a text in "quotes"'),
        ("price < 1e5", "at character 9"),
        ("(" * 40 + "in_stock" + ")" * 40, "more than 32 parentheses"),
        ("not " * 40 + "in_stock", "more than 32 parentheses"),
        ("in_stock and " * 500 + "in_stock", "4000 are allowed"),
        ("price in (" + "1," * 600 + "1)", "more than 500 values"),
    ],
)
def test_a_mistake_is_shown_with_its_place_and_what_is_allowed(expression: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        parse_filter(expression)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="pricebandotsk =<>!()\"',.0159\\", max_size=60))
def test_any_text_is_a_filter_or_a_user_error(expression: str) -> None:
    with suppress(UserError):
        parse_filter(expression)
