"""GET /api/search."""

import json
from http.client import HTTPConnection
from urllib.parse import quote

import httpx
import pytest


def search(client: httpx.Client, **parameters: object) -> dict:
    response = client.get("/api/search", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def test_hits_carry_what_a_page_shows(client):
    answer = search(client, q="whole milk", k=3)
    assert len(answer["hits"]) == 3
    assert answer["total"] >= 3
    assert answer["version"] == 1
    assert answer["mode"] == "hybrid"
    assert answer["simulated"] is True
    hit = answer["hits"][0]
    assert {"product_id", "title", "score", "brand", "category", "price", "in_stock", "stores", "picture"} <= set(hit)
    assert "explanation" not in hit
    assert hit["picture"].startswith("/thumbnails/")
    assert client.get(hit["picture"]).headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_pages_join_without_gap_or_repetition(client, mode):
    whole = [hit["product_id"] for hit in search(client, q="milk", k=30, mode=mode)["hits"]]
    pages = [
        hit["product_id"]
        for offset in (0, 10, 20)
        for hit in search(client, q="milk", k=10, offset=offset, mode=mode)["hits"]
    ]
    assert pages == whole
    assert len(set(whole)) == len(whole)


def test_an_empty_query_lists_every_product(client):
    assert search(client, q="")["total"] == 303


def test_filters_and_stores_are_exact(client):
    answer = search(client, q="", k=100, filter="in_stock and price < 3")
    assert answer["hits"]
    assert all(hit["in_stock"] and hit["price"] < 3 for hit in answer["hits"])
    store = next(iter(answer["facets"]["store"]))
    for hit in search(client, q="", k=100, store=store)["hits"]:
        assert not hit["stores"] or store in hit["stores"]


def test_a_filter_that_cannot_be_read_is_a_problem_that_says_where(client):
    response = client.get("/api/search", params={"q": "milk", "filter": "price <"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].startswith("filter, at its end: expected a number")


def test_explanations_come_when_asked_for(client):
    for hit in search(client, q="whole milk", k=5, explain="true")["hits"]:
        assert hit["explanation"]


@pytest.mark.parametrize(
    "query", ["m" * 10_000, "🥛" * 10_000, "milk " * 2_000, "\u202e\u0000\ufffe", "' OR 1=1 --", "*:*", "a AND (b OR"]
)
def test_long_and_odd_queries_are_answered(client, query):
    # Python's own client, because httpx refuses addresses as long as browsers send.
    connection = HTTPConnection("127.0.0.1", client.base_url.port, timeout=20)
    for address in ("/api/search", "/api/suggest"):
        connection.request("GET", f"{address}?q={quote(query)}")
        response = connection.getresponse()
        assert (response.status, bool(json.load(response))) == (200, True)
    connection.close()


def test_one_character_too_many_is_refused_with_the_limit(client):
    response = client.get(f"/api/search?q={'m' * 10_001}")
    assert response.status_code == 422
    assert "at most 10000" in response.json()["detail"]


def test_pictures_from_elsewhere_are_not_shown_unless_allowed(client):
    hits = search(client, q="Slash in its number", k=100, mode="lexical")["hits"]
    hit = next(one for one in hits if one["product_id"] == "X/2?a=b&c#d")
    assert hit["image"] == "https://elsewhere.example/a.png"
    assert hit["picture"] == "/thumbnails/none.svg"


def test_answers_are_plain_json_without_not_a_number(client):
    text = client.get("/api/search", params={"q": "milk"}).text
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
