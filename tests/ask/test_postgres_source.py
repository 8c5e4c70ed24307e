"""A ledger in PostgreSQL is asked as one in SQLite, and is as safe from what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.ask.asker import Asker
from aisle.ask.ledger_schema import TABLES, Ledger, open_ledger
from aisle.ask.made_up import made_up_questions
from aisle.ask.postgres_source import check_select
from aisle.errors import UserError
from aisle.shop.event import Event
from aisle.shop.ledger import Ledger as ShopLedger
from aisle.shop.product import Product
from aisle.sql.execution import RefusedError, RunLimits
from aisle.sql.render import SQLITE, render
from tests.ask.shops import random_model
from tests.shop.postgres_server import NO_POSTGRES, installed, start_postgres

NAMES = {table.name: frozenset(column.name for column in table.columns) for table in TABLES}
HOSTILE = (
    "DELETE FROM products", "SELECT 1; DROP TABLE products", "SELECT * FROM products", "SELECT pg_sleep(9)",
    "SELECT title FROM product -- x", "SELECT title FROM product /* x */", "SELECT $$x$$",
    "SELECT COUNT(*) FROM events",
    "SELECT set_config(title, title, price) FROM product", "SELECT title INTO x FROM product", "WITH x AS (SELECT 1)",
    "SELECT title FROM product FOR UPDATE", "SELECT current_user FROM product", "SELECT title FROM public.product",
    "SELECT title::regclass FROM product", "SELECT U&'x' FROM product", "SELECT E'x' FROM product", "",
    'SELECT "count"(*) FROM product', 'SELECT title FROM "pg_authid"', "EXPLAIN SELECT title FROM product",
)  # fmt: skip


def fill(place: str | Path) -> str | Path:
    buy = {"action": "purchase", "session_id": "s"}
    with ShopLedger.create(place) as ledger:
        ledger.upsert_products(
            [
                Product(product_id="1", title="Oat Milk", category=("Dairy", "Milk"), price=2.0, stores=("a", "b")),
                Product(product_id="2", title="Rye 100%", brand="Mill", category=("Bakery",), in_stock=False),
                Product(
                    product_id="3", title="milk bun", brand="Mill", category=("Bakery", "Rolls", "Buns"), price=1.5
                ),
            ]
        )
        ledger.add_events(
            [
                Event(**{**buy, **one})  # type: ignore[arg-type]
                for one in (
                    {"timestamp": "2024-08-31T23:59:59Z", "product_id": "1", "store": "a"},
                    {"timestamp": "2024-12-29T06:00:00Z", "product_id": "gone", "store": "a"},
                    {"timestamp": "2024-12-30T06:00:00Z", "product_id": "3"},
                    {"timestamp": "2024-12-29T06:00:00Z", "action": "search", "query": "Oat  milk"},
                    *[{"timestamp": "2024-12-29T07:00:00Z", "action": "click", "product_id": "1"}] * 600,
                )
            ]
        )
    return place


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str | Path, str | Path]]:
    if not installed():
        pytest.skip(NO_POSTGRES)
    server = start_postgres()
    try:
        yield fill(tmp_path_factory.mktemp("file") / "ledger.sqlite"), fill(server.fresh())
    finally:
        server.close()


@pytest.fixture(scope="module")
def both(places: tuple[str | Path, str | Path]) -> tuple[Ledger, Ledger]:
    return open_ledger(places[0]), open_ledger(places[1])


def test_every_view_has_the_same_rows_as_over_sqlite(both: tuple[Ledger, Ledger]) -> None:
    for table in TABLES:
        names = ", ".join(column.name for column in table.columns)
        one, other = (sorted(map(repr, ledger.run(f"SELECT {names} FROM {table.name}").rows)) for ledger in both)
        assert one == other
        assert one


def test_values_day_and_revision_are_read_and_kept(both: tuple[Ledger, Ledger]) -> None:
    file, postgres = both
    assert (postgres.today, len(postgres.schema.values)) == (file.today, len(file.schema.values))
    assert open_ledger(postgres.place, postgres) is postgres


def test_made_up_questions_find_the_same(both: tuple[Ledger, Ledger]) -> None:
    file, postgres = both
    found = 0
    for one in made_up_questions(file, 60, seed=4):
        if one.query is None or one.query.limit is not None:
            continue
        rows = file.run(render(one.query, one.schema, SQLITE)).rows
        assert sorted(map(repr, postgres.run(render(one.query, one.schema, postgres.source.dialect)).rows)) == sorted(
            map(repr, rows)
        )
        found += bool(rows)
    assert found > 10


def test_what_has_no_price_comes_last_and_letters_have_no_case(both: tuple[Ledger, Ledger]) -> None:
    file, postgres = both
    orders = ("price NULLS LAST", "price DESC"), ("price", "price DESC NULLS LAST")
    for ledger, (up, down) in zip(both, orders, strict=True):
        assert ledger.run(f"SELECT title FROM product ORDER BY {up}").rows[0] == ("milk bun",)
        assert ledger.run(f"SELECT title FROM product ORDER BY {down}").rows[-1] == ("Rye 100%",)
    assert len(file.run("SELECT title FROM product WHERE title LIKE '%MILK%'").rows) == 2
    assert len(postgres.run("SELECT title FROM product WHERE title ILIKE '%MILK%'").rows) == 2


@pytest.mark.parametrize("sql", HOSTILE)
def test_anything_but_a_select_over_the_views_is_refused(sql: str) -> None:
    with pytest.raises(RefusedError):
        check_select(sql, NAMES)


@given(st.text(alphabet="SELECT select*(),;'\"- \n\\$_pgtitle.product", max_size=40))
def test_any_text_is_checked_without_a_crash(text: str) -> None:
    try:
        check_select(f"SELECT {text}", NAMES)
    except RefusedError:
        return
    assert ";" not in text.replace("';'", "") or "'" in text
    assert "pg_" not in text.lower() or "'" in text


def test_the_server_itself_only_reads_and_ends_in_time(both: tuple[Ledger, Ledger]) -> None:
    postgres = both[1].source
    with pytest.raises(UserError, match="only be read"):
        postgres.own("DELETE FROM products RETURNING title")
    far_too_much = "SELECT COUNT(*) FROM event, sale, search, product, shelf WHERE event.title ILIKE shelf.title"
    with pytest.raises(RefusedError, match="stopped after"):
        postgres.run(far_too_much, RunLimits(seconds=0.001))
    with pytest.raises(RefusedError, match="refused"):
        postgres.run("SELECT title FROM product GROUP BY price", RunLimits())
    few = postgres.run("SELECT title FROM product", RunLimits(rows=1))
    assert (len(few.rows), few.more) == (1, True)


def test_a_question_is_answered_from_postgresql(
    both: tuple[Ledger, Ledger], shop: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    asker = Asker(tmp_path, random_model(shop, tiny_encoder, tmp_path / "model"), place=both[1].place)
    answer = asker.ask("how many products are in the bakery", threshold=0.0)
    assert answer.answered == (answer.sql != "") or answer.reason == "refused"
    assert answer.today == "2024-12-30"


def test_a_place_without_a_ledger_is_a_users_error(places: tuple[str | Path, str | Path]) -> None:
    with pytest.raises(UserError, match="there is no ledger here"):
        open_ledger(f"{places[1]}nowhere")
