"""A filter keeps exactly what a plain look at each product keeps, whatever the expression."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.search.filter_syntax import And, Filter, InStock, Not, Or, PriceCompare, PriceIn, TextIn, parse_filter
from aisle.search.filters import carried_by, passing
from aisle.search.segment import Segment
from aisle.shop.product import Product
from tests.search.catalogue import PRODUCTS

BRANDS = ("", "Fernwood", "Café Nord")
PATHS = ((), ("Dairy",), ("Dairy", "Milk"), ("Dairy", "Milk", "Oat"), ("Bread",))
FACTS = ("organic", "size: 1 gal", "Size:2 l")
STORES = ("north", "south")
PRICES = (None, 0.0, 1.5, 2.0, 3.25)

products = st.lists(
    st.builds(
        Product,
        product_id=st.sampled_from(["a", "B-1", "b1", "c"]),
        title=st.just("thing"),
        brand=st.sampled_from(BRANDS),
        category=st.sampled_from(PATHS),
        attributes=st.lists(st.sampled_from(FACTS), max_size=2, unique=True).map(tuple),
        price=st.sampled_from(PRICES),
        stores=st.lists(st.sampled_from(STORES), max_size=2, unique=True).map(tuple),
        in_stock=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)


numbers = st.sampled_from([0.0, 1.5, 2.0, 2.5, 9.0])
leaves: st.SearchStrategy[Filter] = st.one_of(
    st.just(InStock()),
    st.builds(PriceCompare, st.sampled_from(["<", "<=", ">", ">="]), numbers),
    st.builds(PriceIn, st.lists(numbers, min_size=1, max_size=2).map(tuple)),
    st.builds(TextIn, st.just("brand"), some(("fernwood", "CAFE NORD", "none", ""))),
    st.builds(TextIn, st.just("category"), some(("dairy", "Dairy>MILK", "Dairy > Milk > Oat", "Milk", "bread"))),
    st.builds(TextIn, st.just("store"), some(("North", "south", "moon"))),
    st.builds(TextIn, st.just("product_id"), some(("a", "B-1", "b-1"))),
    st.builds(TextIn, st.just("attribute"), some(("ORGANIC", "size : 1 GAL", "size"))),
    st.builds(TextIn, st.just("attribute.size"), some(("1 gal", "2 L"))),
)
filters = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(And, st.lists(part, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(part, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def fold(text: str) -> str:
    return text.lower().replace("é", "e").replace(" ", "")


def holds(condition: Filter, product: Product) -> bool:
    """The meaning of a filter for one product, spelt out."""
    match condition:
        case InStock():
            return product.in_stock
        case PriceCompare(relation, value):
            price = product.price
            if price is None:
                return False
            return {"<": price < value, "<=": price <= value, ">": price > value, ">=": price >= value}[relation]
        case PriceIn(values):
            return product.price in values
        case Not(part):
            return not holds(part, product)
        case And(parts):
            return all(holds(part, product) for part in parts)
        case Or(parts):
            return any(holds(part, product) for part in parts)
        case TextIn("brand", values):
            return fold(product.brand) in map(fold, values)
        case TextIn("category", values):
            levels = [fold(level) for level in product.category]
            return any(levels[: value.count(">") + 1] == fold(value).split(">") for value in values)
        case TextIn("store", values):
            return not product.stores or any(fold(value) in product.stores for value in values)
        case TextIn("product_id", values):
            return product.product_id in values
        case TextIn("attribute", values):
            return any(fold(fact) in map(fold, values) for fact in product.attributes)
        case TextIn(name, values):
            wanted = [fold(f"{name.partition('.')[2]}:{value}") for value in values]
            return any(fold(fact) in wanted for fact in product.attributes)


def written(condition: Filter) -> str:
    """The filter as a person would type it."""
    match condition:
        case InStock():
            return "in_stock"
        case PriceCompare(relation, value):
            return f"price {relation} {value}"
        case PriceIn(values):
            return f"PRICE in ({', '.join(map(str, values))})"
        case Not(part):
            return f"not {written(part)}"
        case And(parts):
            return "(" + " AND ".join(map(written, parts)) + ")"
        case Or(parts):
            return "(" + " or ".join(map(written, parts)) + ")"
        case TextIn(field, (value,)):
            return f'{field} = "{value}"'
        case TextIn(field, values):
            return f"{field} in ({', '.join(repr(value) for value in values)})"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(products, filters)
def test_a_filter_keeps_what_holds_for_each_product(catalogue: list[Product], condition: Filter) -> None:
    segment = Segment.build(catalogue, None)
    kept_N = passing(condition, segment.columns, segment.inverted)
    assert kept_N.tolist() == [holds(condition, product) for product in catalogue]


@settings(deadline=None)
@given(filters)
def test_what_is_written_is_what_is_meant(condition: Filter) -> None:
    read = parse_filter(written(condition))
    assert read is not None
    segment = Segment.build(PRODUCTS, None)
    np.testing.assert_array_equal(
        passing(read, segment.columns, segment.inverted), passing(condition, segment.columns, segment.inverted)
    )


def test_a_product_that_names_no_store_is_in_every_store() -> None:
    segment = Segment.build(PRODUCTS, None)
    carried = [
        product.product_id for product, yes in zip(PRODUCTS, carried_by("South", segment.columns), strict=True) if yes
    ]
    assert "FW-2001" in carried
    assert "FW-2002" not in carried
    assert "OK-17" in carried
