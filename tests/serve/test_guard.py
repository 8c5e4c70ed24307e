"""The rate limit, the read token and CORS over HTTP."""

from __future__ import annotations

import pytest

from aisle.errors import UserError
from aisle.serve.settings import ServeSettings

from .world import TOKEN

SECRET = "read-me-7"
PAGE = "https://shop.example"


def test_a_client_that_asks_too_often_is_told_when_to_come_back(own_server):
    with own_server(ServeSettings(rate_per_second=0.5, rate_burst=2)) as client:
        assert [client.get("/api/suggest?q=m").status_code for _ in range(2)] == [200, 200]
        answer = client.get("/api/search?q=milk")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 2
        assert answer.json()["type"] == "/docs#problem-too-many-requests"
        assert client.get("/healthz").status_code == 200
        assert client.get("/metrics").status_code == 200


def test_with_a_read_token_every_route_needs_it_or_the_admins(own_server, monkeypatch):
    monkeypatch.setenv("AISLE_READ_TOKEN", SECRET)
    with own_server() as client:
        for path in ("/api/search?q=milk", "/api/suggest?q=m", "/v1/models", "/api/lab"):
            refused = client.get(path)
            assert refused.status_code == 401
            assert SECRET not in refused.text
            assert client.get(path, headers={"authorization": f"Bearer {SECRET}x"}).status_code == 401
            assert client.get(path, headers={"authorization": f"Basic {SECRET}"}).status_code == 401
        assert client.get("/api/search?q=milk", headers={"authorization": f"Bearer {SECRET}"}).status_code == 200
        assert client.get("/api/search?q=milk", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        product = {"product_id": "N", "title": "New"}
        assert (
            client.put("/api/products", json=product, headers={"authorization": f"Bearer {SECRET}"}).status_code == 401
        )
        for path in ("/healthz", "/readyz", "/metrics", "/"):
            assert client.get(path).status_code == 200


def test_no_page_of_another_origin_may_read_anything_unless_named(own_server):
    with own_server() as client:
        answer = client.get("/api/suggest?q=m", headers={"origin": PAGE})
        assert "access-control-allow-origin" not in answer.headers
    with own_server(ServeSettings(cors_origins=(PAGE,))) as client:
        allowed = client.get("/api/suggest?q=m", headers={"origin": PAGE})
        assert allowed.headers["access-control-allow-origin"] == PAGE
        assert allowed.headers["cross-origin-resource-policy"] == "cross-origin"
        other = client.get("/api/suggest?q=m", headers={"origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in other.headers
        assert other.headers["cross-origin-resource-policy"] == "same-origin"
        asked = {"origin": PAGE, "access-control-request-method": "POST"}
        preflight = client.options("/api/events", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-methods"] == "GET, POST"
        assert client.options("/api/events", headers={**asked, "origin": "https://x.example"}).status_code == 405


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_per_second": -1},
        {"rate_per_second": float("nan")},
        {"rate_burst": 0},
        {"encoder_milliseconds": -0.1},
        {"cors_origins": ("*",)},
        {"cors_origins": ("https://a.example/path",)},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(UserError):
        ServeSettings(**wrong)
