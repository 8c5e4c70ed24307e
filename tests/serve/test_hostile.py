"""Every route, asked wrongly in every way we could think of: a 4xx problem document or an answer, never a failure."""

import http.client
import random
import socket
from contextlib import suppress
from urllib.parse import quote

import httpx
import pytest

from .world import ATTACK

PARAMETERS = {
    "/api/search": ("q", "k", "offset", "mode", "filter", "store", "explain"),
    "/api/suggest": ("q", "k", "store"),
}
VALUES = (
    "", " ", "\x00", "-1", "0", "1e9", "99999999999999999999", "true", "None", "[]", "{}", "%", "%zz", "a" * 4001,
    "' OR '1'='1", '"', "\\", "price < ", "price < price", "(" * 500, "not " * 300 + "in_stock", "brand = \"\\",
    "brand in ()", "price < 1e400", "price < -1", "x = 1", "in_stock in_stock", ATTACK, "\ud800", "\u202e\U0001f600",
    "../../etc/passwd", "${jndi:x}", "{{7*7}}", "\n\r\nSet-Cookie: a=b",
)  # fmt: skip

ADDRESSES = (
    "/", "/docs", "/openapi.json", "/favicon.ico", "/static/", "/thumbnails/", "/thumbnails/.svg", "/healthz",
    "/readyz", "/metrics", "/api/search", "/api/suggest", "/api/events", "/api/products", "/api/products/",
    "/api/products/%00", "/api/products/x", "/v1/embeddings", "/v1/models", "/nope", "//", "/%ff%fe", "/;a=b?c",
)  # fmt: skip
KEYS = (
    "action_name", "user_query", "session_id", "timestamp", "event_attributes", "object", "_source", "query_attributes",
    "position", "ordinal", "product_id", "title", "price", "input", "model", "stores",
)  # fmt: skip


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize("path", PARAMETERS)
def test_no_value_of_any_parameter_makes_the_server_fail(client, path):
    connection = http.client.HTTPConnection("127.0.0.1", client.base_url.port, timeout=20)
    for name in PARAMETERS[path]:
        for value in VALUES:
            connection.request("GET", f"{path}?{name}={encoded(value)}")
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status < 500, (name, value, body)
            if answer.status >= 400:
                assert answer.getheader("content-type") == "application/problem+json", (name, value)
    connection.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"])
def test_no_method_on_any_address_makes_the_server_fail(client, method):
    for address in ADDRESSES:
        answer = client.request(method, address, content=b"\x00{" if method in ("POST", "PUT", "PATCH") else None)
        assert answer.status_code < 500, (method, address, answer.text)
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json", (method, address)
        assert "content-security-policy" in answer.headers


def test_a_method_that_is_not_taken_says_which_are(client):
    answer = client.delete("/api/search")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json()["type"] == "/docs#problem-wrong-method"


@pytest.mark.parametrize("path", ["/api/events", "/api/products", "/v1/embeddings"])
def test_random_json_is_answered_without_failure(client, path):
    draw = random.Random(5)

    def value(depth: int) -> object:
        kinds = ["x", "", 1, -1.5, None, True, "timestamp", ATTACK, 10**30]
        if depth and draw.random() < 0.5:
            return {draw.choice(KEYS): value(depth - 1) for _ in range(4)}
        return [value(depth - 1) for _ in range(3)] if depth and draw.random() < 0.4 else draw.choice(kinds)

    for _ in range(150):
        method = "PUT" if path == "/api/products" else "POST"
        answer = client.request(method, path, json=value(4))
        assert 200 <= answer.status_code < 500, answer.text


def test_headers_of_any_kind_are_survived(client):
    for headers in (
        {"content-length": "-1"},
        {"content-type": "application/json; charset=utf-16"},
        {"accept": "\x7f"},
        {"authorization": "Bearer " + "x" * 60_000},
        {"cookie": "a" * 60_000},
        {"host": "elsewhere.example"},
        {"x-forwarded-for": "1.2.3.4, " * 1000},
    ):
        # The client itself refuses to send some of them.
        with suppress(httpx.HTTPError, UnicodeError):
            assert client.get("/api/search?q=milk", headers=headers).status_code < 500
    assert client.get("/healthz").status_code == 200


def test_a_client_that_goes_away_in_the_middle_is_no_failure(client, caplog):
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", client.base_url.port)) as connection:
            head = (
                "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
            )
            connection.sendall(head.encode() + b'[{"user_query": ')
    for _ in range(20):
        assert client.get("/healthz").status_code == 200
    assert [record for record in caplog.records if record.name in ("aisle.serve", "uvicorn.error")] == []
