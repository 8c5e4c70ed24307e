"""GET /api/suggest."""

from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.serve.suggest import utf16


def suggest(client: httpx.Client, q: str, **more: object) -> list[dict]:
    response = client.get("/api/suggest", params={"q": q, **more})
    assert response.status_code == 200, response.text
    return response.json()["suggestions"]


def test_what_was_typed_stands_at_the_marked_place(client):
    found = suggest(client, "mil")
    assert "whole milk" in [one["text"] for one in found]
    for one in found:
        assert one["text"][one["start"] : one["end"]].lower() == "mil"
        assert one["match"] in ("prefix", "word")


def test_places_are_counted_as_javascript_counts_them():
    assert utf16("🥐 é") == 4


def test_k_bounds_the_list(client):
    assert len(suggest(client, "m", k=2)) == 2


def test_nothing_typed_gives_what_is_searched_for_most(client):
    assert suggest(client, "", k=1)


@pytest.mark.parametrize(
    "query_string", ["q=m&k=0", "q=m&k=101", "q=m&kk=1", "q=m&q=n", f"q={'m' * 10_001}", "q=m&store=" + "s" * 201]
)
def test_bad_parameters_are_problems(client, query_string):
    response = client.get(f"/api/suggest?{query_string}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"]


def test_the_short_way_has_the_same_headers_as_the_long_one(client):
    quick, routed = client.get("/api/suggest?q=m"), client.get("/api/search?q=m")
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"):
        assert quick.headers[name] == routed.headers[name]


def test_other_methods_are_refused(client):
    response = client.post("/api/suggest?q=m")
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_is_answered(client, prefix):
    response = client.get(f"/api/suggest?q={quote(prefix.encode('utf-8', 'replace'))}")
    assert response.status_code == 200
