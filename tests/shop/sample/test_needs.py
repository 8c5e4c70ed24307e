"""Needs are as popular as Zipf's law says, and it is known what satisfies them."""

from __future__ import annotations

import itertools
import math

from aisle.shop.product import Product
from aisle.shop.sample.needs import Need, missing_properties, sample_needs, seasonal_weight, true_relevance


def _product(kind: str, *attributes: str, brand: str = "") -> Product:
    return Product(product_id="X", title=kind, brand=brand, category=("D", "A", kind), attributes=attributes)


def test_popularity_follows_zipf(needs: list[Need]) -> None:
    assert math.isclose(sum(need.weight for need in needs), 1.0)
    assert all(a.weight >= b.weight for a, b in itertools.pairwise(needs))
    # A straight line of slope -1 in log-log from the tenth to the thousandth need.
    slope = math.log(needs[999].weight / needs[9].weight) / math.log(1_004 / 14)
    assert math.isclose(slope, -1.0, abs_tol=0.02)
    assert 0.01 < needs[0].weight < 0.05


def test_a_steeper_exponent_gives_the_head_more(products: list[Product], needs: list[Need]) -> None:
    assert sample_needs(products, exponent=1.3)[0].weight > needs[0].weight


def test_needs_are_named_once(needs: list[Need]) -> None:
    assert len({need.name for need in needs}) == len(needs)


def test_every_need_can_be_satisfied(products: list[Product], needs: list[Need]) -> None:
    for need in needs[::25]:
        # Family needs with a trait are wanted of any member that has it.
        assert any(true_relevance(need, product) == 1.0 for product in products), need


def test_another_milk_is_only_nearly_what_was_needed() -> None:
    whole = Need(name="Whole Milk", kinds=("Whole Milk",))
    assert true_relevance(whole, _product("Whole Milk", "organic", "size: 1 gal")) == 1.0
    assert true_relevance(whole, _product("2% Reduced Fat Milk", "size: 1 gal")) == 0.5
    assert true_relevance(whole, _product("Milk Chocolate Bar", "size: 3.5 oz")) == 0.0


def test_the_wrong_diaper_size_is_not_exact() -> None:
    need = Need(name="n", kinds=("Baby Diapers",), flavour="Size 1")
    assert true_relevance(need, _product("Baby Diapers", "diaper size: size 1", "size: big pack")) == 1.0
    assert true_relevance(need, _product("Baby Diapers", "diaper size: size 2", "size: big pack")) == 0.5


def test_missing_properties_are_named() -> None:
    need = Need(name="n", kinds=("Cola",), flavour="Cherry", trait="caffeine free", brand="Fizzwick", size="2 L")
    cola = _product("Cola", "flavour: vanilla", "size: 20 fl oz", brand="Zingaree")
    assert missing_properties(need, cola) == ["flavour", "trait", "brand", "size"]
    cola = _product("Cola", "caffeine free", "flavour: cherry", "size: 2 L", brand="Fizzwick")
    assert missing_properties(need, cola) == []


def test_a_brand_need_is_met_by_that_brand_alone() -> None:
    need = Need(name="n", brand="Fizzwick")
    assert true_relevance(need, _product("Cola", brand="Fizzwick")) == 1.0
    assert true_relevance(need, _product("Cola", brand="Zingaree")) == 0.0


def test_a_need_for_several_kinds_has_no_sister_kinds() -> None:
    breakfast = Need(name="n", kinds=("Bagels", "Whole Milk"))
    assert true_relevance(breakfast, _product("Bagels")) == 1.0
    assert true_relevance(breakfast, _product("Chocolate Milk")) == 0.0


def test_seasons_raise_and_lower_what_is_wanted() -> None:
    need = Need(name="n", kinds=("Eggnog",), weight=0.01, season=(12,))
    assert seasonal_weight(need, 12) > need.weight > seasonal_weight(need, 6)
