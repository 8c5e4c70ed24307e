"""POST /api/events."""

import pytest

from aisle.storefront.shop import Shop

SEARCH = {"user_query": "oat milk", "query_id": "q1", "session_id": "s1", "timestamp": "2026-01-26T18:30:00Z"}
CART = {
    "action_name": "add_to_cart",
    "user_query": "oat milk",
    "query_id": "q1",
    "session_id": "s1",
    "timestamp": "2026-01-26T18:30:09Z",
    "event_attributes": {"object": {"object_id": "X-1"}, "position": {"ordinal": 2}},
}
TYPED = {**CART, "action_name": "typed", "event_attributes": {"prefix": "oat m"}}


def test_one_record_or_a_list_is_kept(own_server, tmp_path):
    with own_server() as client:
        assert client.post("/api/events", json=SEARCH).json() == {"accepted": 1, "rejected": 0, "reasons": []}
        assert client.post("/api/events", json=[CART, TYPED]).json()["accepted"] == 2
    with Shop.open(tmp_path / "own") as shop:
        kept = list(shop.ledger.events())[-3:]
    assert [event.action for event in kept] == ["search", "add_to_cart", "typed"]
    assert (kept[1].product_id, kept[1].position, kept[1].query_id) == ("X-1", 2, "q1")
    assert kept[2].prefix == "oat m"


def test_usable_records_are_kept_and_the_others_named(client):
    answer = client.post(
        "/api/events", json=[SEARCH, {**CART, "action_name": "sneeze"}, 7, {**SEARCH, "session_id": ""}]
    )
    assert answer.status_code == 200
    content = answer.json()
    assert (content["accepted"], content["rejected"]) == (1, 3)
    assert [one["index"] for one in content["reasons"]] == [1, 2, 3]
    assert "sneeze" in content["reasons"][0]["reason"]


def test_no_usable_record_is_a_problem(client):
    answer = client.post("/api/events", json=[{"a": 1}])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "body[0]"


def test_a_page_of_another_site_cannot_post_without_asking(client):
    # text/plain is what a form or a script elsewhere may send without a CORS preflight.
    answer = client.post("/api/events", content=b"[]", headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"x"', 422),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'{"user_query": "\xff"}', 400),
        (b'{"user_query": "\\ud800", "session_id": "s", "timestamp": "2026-01-26T18:30:00Z"}', 400),
        (b'{"timestamp": NaN}', 400),
        (b'{"timestamp": ' + b"9" * 5000 + b"}", 400),
        (b'{"user_query": {"a": []}, "session_id": [1], "timestamp": {}}', 422),
        (b'{"action_name": ["x"], "event_attributes": {"object": 1, "position": [2]}}', 422),
        (b'{"_source": {"_source": {}}}', 422),
        (b"[" + b"1," * 2000 + b"1]", 413),
    ],
)
def test_hostile_bodies_are_problems_never_failures(client, body, status):
    answer = client.post("/api/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["what_to_do"]
