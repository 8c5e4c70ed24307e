"""Liveness, readiness and counters."""

import pytest

from aisle.serve.settings import ServeSettings
from aisle.shop.product import Product
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

from .world import make_shop, serving


def test_alive_and_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "version": 1, "encoder": "used"}


def test_a_shop_without_a_version_is_alive_but_not_ready_and_becomes_so_by_a_build(tmp_path):
    path = tmp_path / "new"
    with Shop.create(path) as shop:
        shop.put_products([Product(product_id="1", title="Oat milk")])
    with serving(path, ServeSettings(refresh_seconds=0.05)) as client:
        assert client.get("/healthz").status_code == 200
        for address in ("/readyz", "/api/search?q=oat", "/api/suggest?q=oat"):
            answer = client.get(address)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert answer.json()["type"] == "/docs#problem-not-ready"
        assert client.get("/").status_code == 200
        with Shop.open(path) as shop:
            shop.build(BuildSettings(encoder="none"))
        for _ in range(200):
            if client.get("/readyz").status_code == 200:
                break
        assert client.get("/api/search?q=oat").json()["total"] == 1
        assert client.get("/v1/models").json()["type"] == "/docs#problem-no-encoder"


def test_versions_built_and_rolled_back_elsewhere_are_taken_up_while_serving(tmp_path):
    path = make_shop(tmp_path / "shop", "none", products=20)
    with serving(path, ServeSettings(refresh_seconds=0.02)) as client, Shop.open(path) as shop:
        for change in (lambda: shop.build(BuildSettings(encoder="none")), shop.rollback):
            change()
            expected = shop.version
            seen = set()
            for _ in range(500):
                answer = client.get("/api/search?q=milk")
                assert answer.status_code == 200
                seen.add(answer.json()["version"])
                if expected in seen:
                    break
            assert expected in seen


def test_requests_are_counted_by_route_and_class_of_status(own_server):
    with own_server() as client:
        client.get("/api/search?q=milk")
        client.get("/api/search?q=zzzzqqq&mode=lexical")
        client.get("/api/suggest?q=zzzzqqq")
        client.get("/api/suggest?k=0")
        client.get("/nope")
        client.post("/api/events", json=[1])
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = set(answer.text.splitlines())
    assert {
        'aisle_requests_total{route="/api/search",status="2xx"} 2',
        'aisle_requests_total{route="/api/suggest",status="2xx"} 1',
        'aisle_requests_total{route="/api/suggest",status="4xx"} 1',
        'aisle_requests_total{route="other",status="4xx"} 1',
        "aisle_search_without_results_total 1",
        "aisle_suggest_without_results_total 1",
        'aisle_events_total{outcome="rejected"} 1',
        "aisle_search_seconds_count 2",
        "aisle_version 1",
        "aisle_workers 1",
    } <= lines


@pytest.mark.parametrize("name", ["q", "milk", "zzz"])
def test_what_people_search_for_is_not_in_the_metrics_or_the_log(own_server, caplog, name):
    caplog.set_level("DEBUG", logger="aisle.serve")
    with own_server(ServeSettings(access_log=True)) as client:
        client.get(f"/api/search?q=private-{name}")
        text = client.get("/metrics").text
    assert "private" not in text
    logged = [record.getMessage() for record in caplog.records if record.name == "aisle.serve"]
    assert any('"path": "/api/search"' in line for line in logged)
    assert not any("private" in line for line in logged)
