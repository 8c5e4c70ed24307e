"""What is PostgreSQL's own: URIs, places, kills, several machines; the rest is in test_ledger.py."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import AwayError, BusyError, UserError
from aisle.shop import postgres as module
from aisle.shop.ledger import Ledger
from aisle.shop.postgres_address import is_postgres, parse_postgres
from aisle.shop.product import Product
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.shop.postgres_server import NO_POSTGRES, PostgresServer, installed, start_postgres

MILK = Product(product_id="m-1", title="Quillworth oat milk", stores=("north",), price=2.5)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """One that a test may kill."""
    if not installed():
        pytest.skip(NO_POSTGRES)
    server = start_postgres()
    yield server
    server.close()


def test_a_uri_names_a_database_and_a_schema() -> None:
    address = parse_postgres("postgresql://ann@db.example.com:5433/shops?sslmode=require&schema=north")
    assert address.connection == "postgresql://ann@db.example.com:5433/shops?sslmode=require"
    assert address.schema == "north"
    assert parse_postgres("postgresql:///shops?host=/run/postgresql").schema == "aisle"
    assert parse_postgres("postgresql:///shops?host=/run").connection == "postgresql:///shops?host=%2Frun"
    assert is_postgres("postgresql:///shops")
    assert not is_postgres("shop/ledger.sqlite")
    assert not is_postgres(Path("postgresql:"))


@pytest.mark.parametrize("uri", ["postgresql://ann:secret@host/db", "postgresql://host/db?user=ann&password=secret"])
def test_a_password_is_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(UserError, match="PGPASSWORD") as told:
        Ledger.open(uri)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("schema", ["Shop", "1st", "a-b", 'x"; DROP TABLE products; --', "", "x" * 64])
def test_a_schema_is_a_plain_name(schema: str) -> None:
    with pytest.raises(UserError, match="small letters"):
        parse_postgres(f"postgresql:///db?schema={schema}")


@given(st.text(max_size=60).map("postgresql:".__add__))
def test_any_uri_is_an_address_or_a_user_error(uri: str) -> None:
    with suppress(UserError):
        assert parse_postgres(uri).connection.startswith("postgresql:")


def test_a_place_without_a_ledger_says_how_to_make_one(postgres: PostgresServer) -> None:
    with pytest.raises(UserError, match="aisle shop create SHOP --catalogue FILE --ledger URI"):
        Ledger.open(postgres.fresh())


def test_creating_over_a_ledger_is_refused_and_harms_nothing(postgres: PostgresServer) -> None:
    uri = postgres.fresh()
    with Ledger.create(uri) as ledger:
        ledger.upsert_products([MILK])
        with pytest.raises(UserError, match="there is a ledger already"):
            Ledger.create(uri)
        assert ledger.product("m-1") == MILK


def test_a_ledger_of_a_newer_aisle_is_refused(postgres: PostgresServer) -> None:
    uri = postgres.fresh()
    with Ledger.create(uri) as ledger, ledger._database.transaction() as connection:
        connection.execute("UPDATE counters SET value = 99 WHERE name = 'layout'")
    with pytest.raises(UserError, match="newer aisle"):
        Ledger.open(uri)


def test_a_text_that_postgresql_cannot_keep_is_told(postgres: PostgresServer) -> None:
    with Ledger.create(postgres.fresh()) as ledger:
        with pytest.raises(UserError, match="cannot keep"):
            ledger.upsert_products([MILK, Product(product_id="z", title="nul \0 byte")])
        assert ledger.count_products() == 0
        ledger.upsert_products([MILK])


def test_writers_wait_for_each_other_and_give_up_in_time(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = postgres.fresh()
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.2)
    with Ledger.create(uri) as one, Ledger.open(uri) as other:
        with one.transaction():
            one.upsert_products([MILK])
            with pytest.raises(BusyError, match="another process is writing"):
                other.upsert_products([MILK])
            assert other.count_products() == 0
        assert other.delete_product("m-1")


def test_contradictions_are_found(postgres: PostgresServer) -> None:
    with Ledger.create(postgres.fresh()) as ledger:
        ledger.upsert_products([MILK])
        assert ledger.verify() == []
        with ledger._database.transaction() as connection:
            connection.execute("INSERT INTO deleted VALUES ('m-1', 99)")
        assert [problem.split(": ")[1] for problem in ledger.verify()] == [
            "1 products that are deleted and there", "1 changes newer than the newest",
        ]  # fmt: skip


WRITER = """
import sys
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
with Ledger.open(sys.argv[1]) as ledger:
    for load in range(10_000):
        ledger.upsert_products(Product(product_id=f"{load}-{n}", title="x") for n in range(20))
        print(load, flush=True)
"""


@pytest.mark.parametrize("victim", ["writer", "server"])
def test_nothing_acknowledged_is_lost_by_a_kill(own_server: PostgresServer, victim: str) -> None:
    uri = own_server.fresh()
    Ledger.create(uri).close()
    command = [sys.executable, "-c", WRITER, uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(3)]
        killer = threading.Timer(0.1, own_server.kill if victim == "server" else writer.kill)
        killer.start()
        acknowledged += writer.stdout.read().split("\n")[:-1]
        writer.wait()
        killer.join()
    if victim == "server":
        with pytest.raises(AwayError, match="does not answer"):
            Ledger.open(uri)
        own_server.start_again()
    with Ledger.open(uri) as ledger:
        there = {product.product_id for product in ledger.products()}
        assert {f"{int(load)}-{n}" for load in acknowledged for n in range(20)} <= there
        assert len(there) % 20 == 0
        assert ledger.verify() == []


def test_a_connection_that_broke_is_made_anew(postgres: PostgresServer) -> None:
    with Ledger.create(postgres.fresh()) as ledger, Ledger.create(postgres.fresh()) as other:
        ledger.upsert_products([MILK])
        (pid,) = ledger._database.connection.execute("SELECT pg_backend_pid()").fetchone()
        other._database.connection.execute("SELECT pg_terminate_backend(?, 5000)", (pid,)).fetchone()
        with pytest.raises(AwayError, match="does not answer"):
            ledger.count_products()
        assert ledger.count_products() == 1


def test_two_machines_share_a_ledger(postgres: PostgresServer, tmp_path: Path, tiny_encoder: Path) -> None:
    uri = postgres.fresh()
    bread = [Product(product_id=f"b-{n}", title=f"rye bread {n}") for n in range(30)]
    with Shop.create(tmp_path / "one", ledger=uri) as one, Shop.create(tmp_path / "two", ledger=uri) as two:
        one.put_products(bread)
        for shop in (one, two):
            shop.build(BuildSettings(encoder=str(tiny_encoder)))
        one.put_products([MILK])
        two.show_changes()
        assert two.search("quillworth").hits[0].product_id == "m-1"
        two.delete_product("m-1")
        one.show_changes()
        assert not one.search("quillworth oat milk", mode="lexical").hits
        assert one.verify() == []
    assert not (tmp_path / "one" / "ledger.sqlite").exists()
    with pytest.raises(UserError, match="keeps its ledger in postgresql"):
        Shop.create(tmp_path / "one", ledger=postgres.fresh())
    with Shop.open(tmp_path / "one") as one:
        assert one.ledger.count_products() == 30


def test_another_kind_of_uri_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="postgresql://USER@HOST/DATABASE"):
        Shop.create(tmp_path / "shop", ledger="mysql://host/db")
    assert not (tmp_path / "shop").exists()
