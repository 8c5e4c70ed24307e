from __future__ import annotations

from aisle.text.templates import product_text


def test_title_brand_leaf_category_and_attributes_in_this_order() -> None:
    text = product_text(
        title="Oat Drink",
        brand="Fernwood",
        category=("Dairy & eggs", "Plant milk"),
        attributes=("organic", "1 l"),
    )
    assert text == "Oat Drink, Fernwood, Plant milk, organic, 1 l"


def test_missing_fields_leave_no_trace() -> None:
    assert product_text(title="Oat Drink") == "Oat Drink"
    assert product_text(title="Oat Drink", brand=" ", category=(), attributes=("",)) == "Oat Drink"


def test_what_the_title_says_is_not_said_twice() -> None:
    assert product_text(title="Fernwood Oat Drink", brand="FERNWOOD", attributes=("oat",)) == "Fernwood Oat Drink"
