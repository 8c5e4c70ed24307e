"""Whatever JSON is sent as a body, it is taken or refused with a reason; nothing else ever happens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aisle.serve import events, products
from aisle.serve.problems import ProblemError
from aisle.shop.event import Event
from aisle.shop.product import Product

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
product_keys = st.sampled_from(list(products.PRODUCT_SCHEMA["properties"])) | st.text(max_size=4)
event_keys = st.sampled_from(
    ["user_query", "query_id", "session_id", "timestamp", "action_name", "event_attributes", "client_id", "message"]
)


@given(anything | st.lists(st.dictionaries(product_keys, anything, max_size=6), max_size=3))
def test_any_body_is_products_or_a_problem(body: Any) -> None:
    with suppress(ProblemError):
        found = products.checked(body, 3)
        assert found
        assert all(isinstance(product, Product) for product in found)


@given(anything | st.lists(st.dictionaries(event_keys, anything, max_size=6), max_size=3))
def test_any_body_is_events_and_reasons(body: Any) -> None:
    with suppress(ProblemError):
        kept, refused = events.sorted_out(body, 3)
        assert len(kept) + len(refused) == (len(body) if isinstance(body, list) else 1)
        assert all(isinstance(event, Event) for event in kept)
        assert all(one["reason"] for one in refused)
