"""Log files into events: flat tables and UBI records."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.shop.actions import ACTIONS
from aisle.shop.event import Event
from aisle.shop.events_file import EventsReading, event_from, read_events
from aisle.shop.mapping import EventMap
from aisle.shop.rejects import Reject
from aisle.shop.ubi import record_of, values_of
from aisle.shop.values import BadValueError

AT = "2025-03-01T17:04:05Z"
CLICK = Event(
    action="click",
    timestamp=AT,
    session_id="s1",
    query="oat milk",
    query_id="q1",
    product_id="p1",
    position=3,
    store="north",
)
UBI_QUERY = {
    "application": "shop",
    "query_id": "q1",
    "client_id": "c1",
    "user_query": "oat milk",
    "timestamp": AT,
    "query_attributes": {"store": "north"},
    "query_response_id": "r1",
    "query_response_hit_ids": ["p1", "p2"],
}
UBI_CLICK = {
    "action_name": "click",
    "query_id": "q1",
    "session_id": "s1",
    "client_id": "c1",
    "timestamp": AT,
    "message_type": "CONVERSION",
    "message": "clicked",
    "event_attributes": {
        "object": {"object_id": "p1", "object_id_field": "product_id"},
        "position": {"ordinal": 3, "xy": {"x": 10, "y": 20}},
        "store": "north",
    },
}


def opened(tmp_path: Path, content: str, name: str = "log.csv", **options: Any) -> EventsReading:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read_events(path, **options)


def ubi(tmp_path: Path, *records: Any, **options: Any) -> EventsReading:
    return opened(tmp_path, "".join(json.dumps(record) + "\n" for record in records), "log.jsonl", **options)


def flat_line(**cells: str) -> str:
    row = {
        "query": "oat milk",
        "product_id": "p1",
        "action": "click",
        "position": "3",
        "store": "north",
        "session_id": "s1",
        "timestamp": AT,
        "query_id": "q1",
    }
    return ",".join((row | cells).values())


HEADER = "query,product_id,action,position,store,session_id,timestamp,query_id\n"


def test_a_flat_row_is_an_event(tmp_path: Path) -> None:
    reading = opened(tmp_path, f"{HEADER}{flat_line()}\n")
    assert list(reading) == [CLICK]
    assert (reading.is_ubi, reading.events, reading.rejected) == (False, 1, 0)
    assert reading.actions == {"click": 1}


def test_a_flat_log_needs_only_action_time_and_session(tmp_path: Path) -> None:
    (event,) = opened(tmp_path, f"event,ts,session,q\nsearch,{AT},s1,milk\n")
    assert event == Event(action="search", timestamp=AT, session_id="s1", query="milk")
    with pytest.raises(UserError, match="no column for session_id"):
        opened(tmp_path, f"action,timestamp\nsearch,{AT}\n")


def test_flat_json_lines_and_their_late_keys(tmp_path: Path) -> None:
    row = {"action": "search", "timestamp": AT, "session_id": "s1", "query": "milk"}
    rows = [row] * 120 + [row | {"action": "typed", "prefix": "ic "}]
    reading = ubi(tmp_path, *rows)
    assert not reading.is_ubi
    *_, last = reading
    assert isinstance(last, Event)
    assert last.prefix == "ic "


@pytest.mark.parametrize(
    ("written", "action"),
    [("Click", "click"), ("click_through", "click"), ("add-to-cart", "add_to_cart"), ("Add To Cart", "add_to_cart")],
)
def test_usual_names_of_actions(tmp_path: Path, written: str, action: str) -> None:
    (event,) = opened(tmp_path, f"{HEADER}{flat_line(action=written)}\n")
    assert isinstance(event, Event)
    assert event.action == action


def test_the_shops_own_names_of_actions_and_positions_from_zero(tmp_path: Path) -> None:
    log = EventMap(actions={"product_view": "click"}, first_position=0)
    line = flat_line(action="product_view", position="0")
    (event,) = opened(tmp_path, f"{HEADER}{line}\n", event_map=log)
    assert isinstance(event, Event)
    assert (event.action, event.position) == ("click", 1)


SOON = (datetime.now(UTC) + timedelta(days=3)).isoformat()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"action": "page_exit"}, "unknown action 'page_exit'; known are search, impression, click"),
        ({"action": ""}, "unknown action ''"),
        ({"timestamp": "soon"}, "timestamp 'soon' is no time"),
        ({"timestamp": ""}, "timestamp is missing"),
        ({"timestamp": SOON}, "is in the future; a clock runs ahead by more than a day"),
        ({"timestamp": "1970-01-01"}, "is before 1990"),
        ({"session_id": ""}, "session_id is empty"),
        ({"query": "x" * 10_001}, "query has 10,001 characters; at most 10,000 are allowed"),
        ({"product_id": ""}, "action click needs a product_id"),
        ({"position": "0"}, "first_position = 0 under [events]"),
        ({"position": "-2"}, "position '-2' is no place in a list"),
        ({"position": "2.5"}, "position '2.5' is no place in a list"),
        ({"position": "first"}, "position 'first' is no place in a list"),
        ({"position": "nine"}, "no place"),
        ({"position": "1e9"}, "no place"),
        ({"action": "search", "query": " "}, "action search needs a query"),
        ({"action": "suggestion_tapped", "query": ""}, "action suggestion_tapped needs a query"),
        ({"action": "typed"}, "action typed needs a prefix"),
    ],
)
def test_a_bad_event_is_set_aside_with_its_reason(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    reading = opened(tmp_path, f"{HEADER}{flat_line()}\n{flat_line(**cells)}\n{flat_line()}\n")
    first, bad, last = reading
    assert first == last == CLICK
    assert isinstance(bad, Reject)
    assert bad.line == 3
    assert reason in bad.reason
    assert (reading.events, reading.rejected) == (2, 1)


def test_a_query_of_ten_thousand_characters_is_kept_whole(tmp_path: Path) -> None:
    (event,) = opened(tmp_path, f"{HEADER}{flat_line(query='x' * 10_000)}\n")
    assert isinstance(event, Event)
    assert len(event.query) == 10_000


def test_ubi_queries_and_events_in_one_file(tmp_path: Path) -> None:
    reading = ubi(tmp_path, UBI_QUERY, UBI_CLICK)
    assert reading.is_ubi
    assert list(reading) == [
        Event(action="search", timestamp=AT, session_id="c1", query="oat milk", query_id="q1", store="north"),
        Event(action="click", timestamp=AT, session_id="s1", query_id="q1", product_id="p1", position=3, store="north"),
    ]
    assert reading.hits_not_read == 2


def test_ubi_hits_can_stand_for_impressions(tmp_path: Path) -> None:
    reading = ubi(tmp_path, UBI_QUERY, hits_as_impressions=True)
    search, first, second = reading
    assert isinstance(search, Event)
    assert search.action == "search"
    assert first == Event(
        action="impression",
        timestamp=AT,
        session_id="c1",
        query="oat milk",
        query_id="q1",
        product_id="p1",
        position=1,
        store="north",
    )
    assert isinstance(second, Event)
    assert (second.product_id, second.position) == ("p2", 2)
    assert (reading.events, reading.hits_not_read) == (3, 0)


def test_records_of_an_index_dump_are_unwrapped(tmp_path: Path) -> None:
    (event,) = ubi(tmp_path, {"_index": "ubi_queries", "_id": "1", "_source": UBI_QUERY})
    assert isinstance(event, Event)
    assert event.query == "oat milk"


def test_the_query_of_an_event_may_stand_in_its_message(tmp_path: Path) -> None:
    record = {
        "action_name": "on_search",
        "message_type": "QUERY",
        "message": "oat milk",
        "timestamp": AT,
        "client_id": 1,
    }
    (event,) = ubi(tmp_path, record)
    assert event == Event(action="search", timestamp=AT, session_id="1", query="oat milk")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"query_id": "q1", "timestamp": AT}, "neither a UBI event (action_name) nor a UBI query (user_query)"),
        (UBI_CLICK | {"action_name": "page_exit"}, "unknown action 'page_exit'"),
        (UBI_CLICK | {"event_attributes": "x"}, "event_attributes is not an object"),
        (UBI_CLICK | {"event_attributes": {"object": ["p1"]}}, "object is not an object"),
        (UBI_CLICK | {"event_attributes": None}, "action click needs a product_id"),
        (UBI_QUERY | {"user_query": ""}, "action search needs a query"),
        (UBI_QUERY | {"user_query": {"match": "x"}}, "query is an object"),
        (UBI_QUERY | {"client_id": None}, "session_id is empty"),
        (UBI_QUERY | {"timestamp": None}, "timestamp is missing"),
    ],
)
def test_a_bad_ubi_record_is_set_aside(tmp_path: Path, record: dict[str, Any], reason: str) -> None:
    good, bad, last = ubi(tmp_path, UBI_QUERY, record, UBI_QUERY)
    assert good == last
    assert isinstance(bad, Reject)
    assert (bad.line, reason in bad.reason) == (2, True), bad


def test_one_event_from_a_record() -> None:
    assert event_from(UBI_CLICK).position == 3
    with pytest.raises(BadValueError, match="in the future"):
        event_from(UBI_CLICK | {"timestamp": SOON})


ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6)
words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
events = st.builds(
    Event,
    action=st.sampled_from(ACTIONS),
    timestamp=st.integers(1_600_000_000, 1_700_000_000).map(
        lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    ),
    session_id=ids,
    query=words,
    query_id=ids | st.just(""),
    product_id=ids,
    position=st.none() | st.integers(1, 1000),
    store=ids | st.just(""),
    prefix=words | words.map(lambda word: f"{word} "),
)


@settings(max_examples=150, deadline=None)
@given(event=events)
def test_an_event_written_as_a_ubi_record_is_read_back(event: Event) -> None:
    if event.action == "search":  # a UBI query has no place for these
        event = Event(
            action="search",
            timestamp=event.timestamp,
            session_id=event.session_id,
            query=event.query,
            query_id=event.query_id,
            store=event.store,
        )
    assert event_from(json.loads(json.dumps(record_of(event)))) == event


KEYS = sorted({*UBI_CLICK, *UBI_QUERY, "_source"})
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*UBI_CLICK, *UBI_QUERY]), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(KEYS), anything, max_size=5))
def test_any_record_is_an_event_or_a_reason(changes: dict[str, Any]) -> None:
    for record in (UBI_CLICK | changes, UBI_QUERY | changes, changes):
        try:
            event_from(record)
        except BadValueError as error:
            assert str(error)  # noqa: PT017


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    records=st.lists(
        st.dictionaries(st.sampled_from([*UBI_CLICK, *UBI_QUERY, "_source"]), anything, max_size=5), max_size=5
    )
)
def test_any_ubi_file_is_read_to_its_end(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in [UBI_QUERY, *records]))
    reading = read_events(path)
    assert len(list(reading)) == len(records) + 1
    assert reading.events + reading.rejected == len(records) + 1


def test_values_of_a_record_keep_the_session_before_the_client() -> None:
    assert values_of(UBI_CLICK)["session_id"] == "s1"
    assert values_of(UBI_QUERY)["session_id"] == "c1"
