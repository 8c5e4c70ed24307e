"""Products and events in the ledger, whichever database it lies in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.shop.actions import ACTIONS
from aisle.shop.event import Event
from aisle.shop.ledger import Change, Ledger, QueryCount, UpsertCount
from aisle.shop.product import Product

AT = "2025-03-01T17:04:05Z"
MILK = Product(
    product_id="m-1",
    title="Milk ½ gal 🥛",
    brand="Fernwood",
    category=("Dairy", "Milk"),
    attributes=('2" x 4"', "é"),
    description="x" * 5_000,
    price=3.5,
    stores=("north", "south"),
    in_stock=False,
    image="milk.svg",
)


@pytest.fixture
def ledger(place: str | Path) -> Iterator[Ledger]:
    with Ledger.create(place) as opened:
        yield opened


def named(*ids: str, title: str = "x") -> list[Product]:
    return [Product(product_id=product_id, title=title) for product_id in ids]


def test_a_product_comes_back_as_it_was(ledger: Ledger) -> None:
    plain = Product(product_id="p", title="Plain")
    assert ledger.upsert_products([MILK, plain]) == UpsertCount(inserted=2, updated=0, unchanged=0)
    assert ledger.product("m-1") == MILK
    assert ledger.product("p") == plain
    assert ledger.product("none") is None
    assert ledger.count_products() == 2


def test_loading_counts_what_is_new_what_changed_and_what_did_not(ledger: Ledger) -> None:
    ledger.upsert_products([MILK, *named("a", "b")])
    again = [MILK, *named("a", title="new"), *named("c")]
    assert ledger.upsert_products(again) == UpsertCount(inserted=1, updated=1, unchanged=1)


def test_of_two_products_with_one_id_the_last_wins(ledger: Ledger) -> None:
    many = [Product(product_id=str(number % 700), title=f"title {number}") for number in range(2_100)]
    assert ledger.upsert_products(many) == UpsertCount(inserted=700, updated=1_400, unchanged=0)
    assert ledger.count_products() == 700
    assert ledger.product("5") == many[1_405]


def test_the_order_of_products_does_not_depend_on_how_they_came(ledger: Ledger) -> None:
    ledger.upsert_products(named("b", "a", "10", "9"))
    ledger.delete_product("a")
    ledger.upsert_products(named("a"))
    assert [product.product_id for product in ledger.products()] == ["10", "9", "a", "b"]


def test_deleting(ledger: Ledger) -> None:
    ledger.upsert_products(named("a", "b"))
    assert ledger.delete_product("a")
    assert not ledger.delete_product("a")
    assert not ledger.delete_product("none")
    assert ledger.product("a") is None
    assert ledger.count_products() == 1


def test_stores_are_those_that_products_name(ledger: Ledger) -> None:
    ledger.upsert_products([MILK, replace(MILK, product_id="2", stores=("east", "north")), *named("3")])
    assert ledger.stores() == ["east", "north", "south"]


def test_the_revision_grows_with_every_change_and_only_then(ledger: Ledger) -> None:
    assert ledger.revision() == 0
    ledger.upsert_products(named("a", "b"))
    assert ledger.revision() == 2
    ledger.upsert_products(named("a", "b"))
    ledger.delete_product("none")
    ledger.add_events([Event(action="search", timestamp=AT, session_id="s", query="q")])
    assert ledger.revision() == 2
    ledger.delete_product("a")
    assert ledger.revision() == 3


def test_changes_since_a_revision_give_each_product_once_in_its_newest_state(ledger: Ledger) -> None:
    ledger.upsert_products(named("a", "b", "c"))
    built = ledger.revision()
    ledger.upsert_products(named("b", title="1"))
    ledger.delete_product("a")
    ledger.upsert_products([*named("b", title="2"), *named("d")])
    ledger.delete_product("d")
    ledger.upsert_products(named("a", title="back"))
    assert list(ledger.changes_since(built)) == [
        Change(6, "b", *named("b", title="2")),
        Change(8, "d", None),
        Change(9, "a", *named("a", title="back")),
    ]
    assert list(ledger.changes_since(ledger.revision())) == []
    assert [change.product_id for change in ledger.changes_since(0)] == ["c", "b", "d", "a"]


def test_an_event_comes_back_as_it_was(ledger: Ledger) -> None:
    events = [
        Event(action="search", timestamp=AT, session_id="s1", query="Oat  Milk", query_id="q1", store="north"),
        Event(action="click", timestamp="2025-03-01T17:04:05.250Z", session_id="s1", product_id="p", position=3),
        Event(action="typed", timestamp=AT, session_id="s2", prefix="oat "),
    ]
    assert ledger.add_events(iter(events)) == 3
    assert ledger.count_events() == 3
    assert list(ledger.events()) == events


def searches(query: str, sessions: int, store: str = "", first: int = 0) -> list[Event]:
    blank = Event(action="search", timestamp=AT, session_id="", query=query, store=store)
    return [replace(blank, session_id=f"s{first + n}", query_id=f"{query}{n}") for n in range(sessions)]


def test_queries_are_counted_by_distinct_sessions_of_all_spellings(ledger: Ledger) -> None:
    ledger.add_events([*searches("oat milk", 3), *searches("Oat  Milk", 3), *searches("Óat milk", 1, first=7)])
    ledger.add_events(searches("rare", 2))
    assert list(ledger.query_counts(min_sessions=3)) == [QueryCount("oat milk", "", 7, 4, 0)]
    assert [count.query for count in ledger.query_counts(min_sessions=1)] == ["oat milk", "rare"]


def test_queries_are_counted_over_all_stores_and_store_by_store(ledger: Ledger) -> None:
    ledger.add_events(
        [*searches("milk", 4, "north"), *searches("milk", 2, "south", first=3), *searches("milk", 1, first=9)]
    )
    assert list(ledger.query_counts(min_sessions=2)) == [
        QueryCount("milk", "", 7, 6, 0),
        QueryCount("milk", "north", 4, 4, 0),
        QueryCount("milk", "south", 2, 2, 0),
    ]


def test_what_followed_a_search_counts_for_its_query(ledger: Ledger) -> None:
    cart = Event(action="add_to_cart", timestamp=AT, session_id="s0", query_id="milk0", product_id="p")
    other = Event(action="add_to_cart", timestamp=AT, session_id="s0", query_id="unknown", product_id="p")
    own = Event(action="add_to_cart", timestamp=AT, session_id="s1", query="MILK", product_id="p")
    ledger.add_events([*searches("milk", 2), cart, cart, other, own])
    assert list(ledger.query_counts(min_sessions=1)) == [QueryCount("milk", "", 2, 2, 3)]


def test_a_log_of_clicks_alone_still_has_queries(ledger: Ledger) -> None:
    clicks = [
        Event(action="click", timestamp=AT, session_id=f"s{n // 2}", query="milk", product_id="p") for n in range(6)
    ]
    ledger.add_events(clicks)
    assert list(ledger.query_counts(min_sessions=3)) == [QueryCount("milk", "", 3, 3, 0)]


def test_typing_and_suggestions_are_no_searches(ledger: Ledger) -> None:
    for action in ("typed", "suggestion_shown", "suggestion_tapped"):
        ledger.add_events(
            [Event(action=action, timestamp=AT, session_id=f"s{n}", query="milk", prefix="m") for n in range(9)]
        )
    assert list(ledger.query_counts(min_sessions=1)) == []


def test_a_load_that_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    ledger.upsert_products(named("a"))

    def broken() -> Iterator[Product]:
        yield from named("b", "a", title="new")
        yield from [Product(product_id=f"many{n}", title="x") for n in range(2_000)]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.upsert_products(broken())
    assert [product.title for product in ledger.products()] == ["x"]
    assert ledger.revision() == 1
    with pytest.raises(UserError, match="is no time"):
        ledger.add_events([*searches("q", 3), Event(action="search", timestamp="never", session_id="s", query="q")])
    assert ledger.count_events() == 0


def test_several_calls_can_be_one_transaction(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.upsert_products(named("a"))
        ledger.add_events(searches("q", 2))

    def failing() -> None:
        with ledger.transaction():
            ledger.upsert_products(named("b"))
            ledger.add_events([Event(action="search", timestamp="", session_id="s", query="q")])

    with pytest.raises(UserError, match="timestamp is missing"):
        failing()
    assert (ledger.count_products(), ledger.count_events(), ledger.revision()) == (1, 2, 1)


def test_a_snapshot_does_not_see_what_others_write_meanwhile(place: str | Path, ledger: Ledger) -> None:
    ledger.upsert_products(named("a"))
    with Ledger.open(place, read_only=True) as reader:
        with reader.snapshot():
            assert reader.revision() == 1
            ledger.upsert_products(named("b"))
            assert reader.count_products() == 1
        assert reader.count_products() == 2


def test_a_reader_in_the_middle_of_all_products_does_not_hold_up_a_writer(place: str | Path, ledger: Ledger) -> None:
    ledger.upsert_products(named(*(f"{n:05}" for n in range(2_000))))
    with Ledger.open(place, read_only=True) as reader:
        products = reader.products()
        next(products)
        ledger.upsert_products(named("zzz"))
        assert sum(1 for _ in products) == 1_999


def test_threads_can_share_a_ledger(ledger: Ledger) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                ledger.upsert_products(named(f"{name}{number}"))
                ledger.product(f"{name}{number}")
                ledger.add_events(searches(name, 2))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert (ledger.count_products(), ledger.count_events(), ledger.revision()) == (80, 160, 80)


def test_reading_only_cannot_write(place: str | Path, ledger: Ledger) -> None:
    with Ledger.open(place, read_only=True) as reader:
        with pytest.raises(UserError, match="may only be read"):
            reader.upsert_products(named("a"))
        with pytest.raises(UserError, match="may only be read"):
            reader.delete_product("a")
        assert reader.count_products() == 0


def test_an_acknowledged_write_is_there_for_others_at_once(place: str | Path, ledger: Ledger) -> None:
    ledger.upsert_products(named("a"))
    with Ledger.open(place) as other:
        assert [product.title for product in other.products()] == ["x"]
        assert other.verify() == []


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
names = st.lists(texts, max_size=3).map(tuple)
products = st.builds(
    Product,
    product_id=st.sampled_from("abcde"),
    title=texts,
    brand=texts,
    category=names,
    attributes=names,
    description=texts,
    price=st.none() | st.floats(0, 1e9),
    stores=names,
    in_stock=st.booleans(),
    image=texts,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(loads=st.lists(st.lists(products, max_size=4) | st.sampled_from("abcde"), max_size=6))
def test_the_ledger_behaves_like_a_dictionary_with_a_log(
    fresh: Callable[[], str | Path], loads: list[list[Product] | str]
) -> None:
    expected: dict[str, Product] = {}
    mirror: dict[str, Product] = {}
    seen = 0
    with Ledger.create(fresh()) as ledger:
        for load in loads:
            if isinstance(load, str):
                assert ledger.delete_product(load) == (expected.pop(load, None) is not None)
            else:
                ledger.upsert_products(load)
                expected.update({product.product_id: product for product in load})
            for change in ledger.changes_since(seen):
                assert change.revision > seen
                if change.product is None:
                    mirror.pop(change.product_id, None)
                else:
                    mirror[change.product_id] = change.product
            seen = ledger.revision()
            assert mirror == expected == {product.product_id: product for product in ledger.products()}
            assert ledger.verify() == []


events = st.builds(
    Event,
    action=st.sampled_from(ACTIONS[:5]),
    timestamp=st.just(AT),
    session_id=st.sampled_from("xyz"),
    query=st.sampled_from(["milk", "MILK", "bread", ""]),
    query_id=st.sampled_from(["", "q1", "q2"]),
    product_id=st.just("p"),
    store=st.sampled_from(["", "n"]),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(log=st.lists(events, max_size=12))
def test_counts_are_those_of_counting_by_hand(fresh: Callable[[], str | Path], log: list[Event]) -> None:
    # The ledger joins an event without a query to the newest text first stored under its query id.
    stored = list(dict.fromkeys(event.query for event in log if event.query))
    asked: dict[str, str] = {}
    for event in log:
        if event.action == "search" and event.query_id and event.query:
            asked[event.query_id] = max(asked.get(event.query_id, event.query), event.query, key=stored.index)
    wanted: dict[tuple[str, str], list[Event]] = {}
    for event in log:
        query = (event.query or asked.get(event.query_id, "")).lower()
        for store in {"", event.store} if query else ():
            wanted.setdefault((query, store), []).append(event)
    with Ledger.create(fresh()) as ledger:
        ledger.add_events(log)
        counts = {(count.query, count.store): count for count in ledger.query_counts(min_sessions=2)}
    expected = {}
    for (query, store), used in wanted.items():
        sessions = len({event.session_id for event in used})
        actions = [event.action for event in used]
        if sessions >= 2:
            searched = max(actions.count("search"), sessions)
            expected[query, store] = QueryCount(query, store, searched, sessions, actions.count("add_to_cart"))
    assert counts == expected
