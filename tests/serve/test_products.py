"""PUT /api/products and DELETE /api/products/{id}."""

import logging
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from aisle.serve.settings import ServeSettings
from aisle.shop.product import Product
from aisle.storefront.shop import Shop

from .world import TOKEN, make_shop, serving

ADMIN = {"authorization": f"Bearer {TOKEN}"}
OAT = {"product_id": "N-1", "title": "Oat Drink", "category": "Drinks > Oat", "price": 1.9, "stores": ["north"]}


@pytest.fixture(scope="module")
def admin_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = make_shop(tmp_path_factory.mktemp("admin") / "shop", "none", products=30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_ADMIN_TOKEN", TOKEN)
        with serving(path, ServeSettings(access_log=True)) as client:
            yield client


def test_without_a_token_in_the_server_admin_routes_are_closed(client):
    for answer in (
        client.put("/api/products", json=OAT, headers=ADMIN),
        client.delete("/api/products/X-1", headers=ADMIN),
    ):
        assert answer.status_code == 403
        assert answer.json()["type"] == "/docs#problem-admin-closed"


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer \xff"]
)
def test_a_missing_or_wrong_token_is_refused_and_never_logged(admin_server, given, caplog):
    caplog.set_level(logging.DEBUG)
    headers = {} if given is None else {"authorization": given.encode("latin-1")}
    answer = admin_server.put("/api/products", json=OAT, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="aisle"'
    assert TOKEN not in answer.text
    assert not [record for record in caplog.records if record.name.startswith("aisle") and TOKEN in record.getMessage()]


def test_products_are_written_before_the_answer_and_deleted_by_any_id(own_server, tmp_path):
    with own_server() as client:
        assert client.put("/api/products", json=OAT, headers=ADMIN).json()["inserted"] == 1
        answer = client.put("/api/products", json=[OAT, {**OAT, "product_id": "a/b c?d#é", "price": 2}], headers=ADMIN)
        assert (answer.json()["inserted"], answer.json()["unchanged"]) == (1, 1)
        with Shop.open(tmp_path / "own") as shop:
            product = shop.product("a/b c?d#é")
        assert product is not None
        assert (product.category, product.price, product.stores) == (("Drinks", "Oat"), 2.0, ("north",))
        address = f"/api/products/{quote('a/b c?d#é', safe='')}"
        assert client.delete(address, headers=ADMIN).json()["deleted"] == "a/b c?d#é"
        assert client.delete(address, headers=ADMIN).status_code == 404


def test_one_wrong_product_keeps_all_of_them_out(own_server, tmp_path):
    with own_server() as client:
        answer = client.put("/api/products", json=[OAT, {"product_id": "N-2"}, {**OAT, "colour": 1}, 5], headers=ADMIN)
    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == ["body[1]", "body[2]", "body[3]"]
    assert "none was written" in answer.json()["detail"]
    with Shop.open(tmp_path / "own") as shop:
        assert shop.product("N-1") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": -1},
        {"price": 1e300},
        {"price": True},
        {"title": ""},
        {"title": ["a"]},
        {"title": "t" * 5000},
        {"product_id": "a\u0000b"},
        {"product_id": {}},
        {"category": [[["x"]]]},
        {"stores": "s" * 5000},
        {"in_stock": "perhaps"},
        {"image": "i" * 3000},
    ],
)
def test_wrong_fields_are_problems_never_failures(admin_server, wrong):
    answer = admin_server.put("/api/products", json=[{**OAT, **wrong}], headers=ADMIN)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["where"] == "body[0]"


def test_limits_on_the_number_of_records_and_on_the_body(own_server):
    settings = ServeSettings(max_records=2, max_body_bytes=1000)
    with own_server(settings) as client:
        assert client.put("/api/products", json=[OAT] * 3, headers=ADMIN).status_code == 413
        announced = client.put("/api/products", content=b"x" * 1001, headers=ADMIN)
        assert announced.status_code == 413

        def chunks():
            for _ in range(100):
                yield b" " * 100

        headers = {**ADMIN, "content-type": "application/json"}
        unannounced = client.put("/api/products", content=chunks(), headers=headers)
        assert unannounced.status_code == 413
        assert unannounced.json()["type"] == "/docs#problem-too-large"


def test_a_change_is_searched_when_its_answer_arrives(own_server):
    with own_server() as client:
        new = {"product_id": "Q-9", "title": "Quillwort Paste", "price": 4}
        assert client.put("/api/products", json=new, headers=ADMIN).json()["note"] == "Written, and searches show it."
        assert client.get("/api/search?q=quillwort").json()["hits"][0]["product_id"] == "Q-9"
        client.put("/api/products", json={**new, "price": 1}, headers=ADMIN)
        assert client.get("/api/search?q=quillwort").json()["hits"][0]["price"] == 1
        client.delete("/api/products/Q-9", headers=ADMIN)
        assert client.get("/api/search?q=quillwort").json()["total"] == 0


def test_a_server_shows_what_another_process_changed(own_server, tmp_path):
    with own_server(ServeSettings(refresh_seconds=0.05)) as client:
        with Shop.open(tmp_path / "own") as shop:
            shop.put_products([Product(product_id="Q-8", title="Quillwort Jam")])
        for _ in range(400):
            if client.get("/api/search?q=quillwort").json()["total"]:
                break
            time.sleep(0.02)
        assert client.get("/api/search?q=quillwort").json()["hits"][0]["product_id"] == "Q-8"
