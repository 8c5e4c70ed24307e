"""URIs of indexes: what they mean, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.engines.address import Address, parse_address
from aisle.errors import UserError


@pytest.mark.parametrize("uri", ["", "local", "  local "])
def test_nothing_means_the_own_files(uri: str) -> None:
    assert parse_address(uri) == Address(engine="local", uri="local")


@pytest.mark.parametrize(
    ("uri", "connection", "collection"),
    [
        ("milvus://localhost:19530/products", "http://localhost:19530", "products"),
        ("milvus://db.example.com/p_1", "http://db.example.com:19530", "p_1"),
        ("milvus+tls://db.example.com:443/p", "https://db.example.com:443", "p"),
        ("milvus://[::1]:19531/p", "http://[::1]:19531", "p"),
        ("milvus://[::1]/p", "http://[::1]:19530", "p"),
        ("milvus:data/shop.db/p", "data/shop.db", "p"),
        ("milvus:/data/shop.db/p", "/data/shop.db", "p"),
    ],
)
def test_an_engine_is_a_place_and_a_collection(uri: str, connection: str, collection: str) -> None:
    address = parse_address(uri)
    assert (address.engine, address.uri) == ("milvus", uri)
    assert (address.connection, address.collection) == (connection, collection)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("qdrant://localhost/p", "no engine 'qdrant'"),
        ("milvus://localhost", "is no collection"),
        ("milvus://localhost/a-b", "'a-b' is no collection"),
        ("milvus://localhost/a/b", "is no collection"),
        ("milvus://localhost:0/p", "'0' is no port"),
        ("milvus://localhost:99999999999/p", "is no port"),
        ("milvus://local host/p", "is no host"),
        ("milvus:shop/p", "must end in .db"),
        ("milvus+tls:shop.db/p", "a file has no TLS"),
    ],
)
def test_what_is_none_says_why_and_what_is_allowed(uri: str, why: str) -> None:
    with pytest.raises(UserError, match="milvus://HOST:PORT/COLLECTION") as told:
        parse_address(uri)
    assert why in str(told.value)


def test_a_password_in_a_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(UserError, match="AISLE_MILVUS_TOKEN") as told:
        parse_address("milvus://root:secret@localhost/p")
    assert "secret" not in str(told.value)


@given(st.text(max_size=60) | st.text(max_size=40).map("milvus://".__add__))
def test_any_text_is_an_address_or_a_user_error(uri: str) -> None:
    try:
        address = parse_address(uri)
    except UserError:
        return
    assert address.engine == "local" or (address.connection and address.collection)
