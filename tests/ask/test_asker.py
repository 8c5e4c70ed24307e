"""Asking: the query first, then what it finds, or that it is not known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aisle.ask.asker import Asker
from aisle.ask.ledger_schema import Ledger, open_ledger
from aisle.ask.measuring import Asked, evaluate_asker, read_asked, same_rows
from aisle.ask.nearest import Nearest
from aisle.ask.trust import untitled_words
from aisle.ask.views import VIEWS
from aisle.cli.main import main
from aisle.errors import UserError
from aisle.shop.event import Event
from aisle.shop.ledger import LEDGER_FILE
from aisle.shop.product import Product
from aisle.sql.execution import RunLimits
from aisle.sql.tree import Condition, Expression, Query
from aisle.storefront.shop import Shop
from tests.ask.shops import ledger_of, random_model


@pytest.fixture(scope="module")
def model(shop: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model(shop, tiny_encoder, tmp_path_factory.mktemp("models") / "ask")


@pytest.fixture(scope="module")
def asker(shop: Path, model: Path) -> Asker:
    return Asker(shop, model, place=shop / LEDGER_FILE, limits=RunLimits(rows=5, seconds=5))


def test_the_views_say_what_the_ledger_holds(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(
            [
                Product(product_id="1", title="Oat Milk", category=("Dairy", "Milk"), price=2.0, stores=("a", "b")),
                Product(product_id="2", title="Rye", brand="Mill", category=("Bakery",), in_stock=False),
            ]
        )
        buy = {"action": "purchase", "session_id": "s", "store": "a"}
        shop.add_events(
            [
                Event(**buy, timestamp="2024-08-31T23:59:59Z", product_id="1"),
                Event(**buy, timestamp="2024-12-29T06:00:00Z", product_id="gone"),
                Event(action="search", timestamp="2024-12-29T06:00:00Z", session_id="t", query="Oat  milk"),
                Event(action="click", timestamp="2024-12-29T06:00:00Z", session_id="t", product_id="1"),
            ]
        )
    ledger = open_ledger(tmp_path / "shop" / "ledger.sqlite")
    assert ledger.today == date(2024, 12, 29)

    def rows(sql: str) -> tuple[tuple[object, ...], ...]:
        return ledger.run(sql).rows

    assert rows("SELECT department, category, kind, brand FROM product ORDER BY product_id") == (
        ("Dairy", "Milk", "Milk", None),
        ("Bakery", "Bakery", "Bakery", "Mill"),
    )
    # A product without stores is carried by all.
    assert rows("SELECT store, COUNT(*) FROM shelf GROUP BY store ORDER BY store") == (("a", 2), ("b", 2))
    assert rows("SELECT title, price, date, year, quarter, month, weekday, hour FROM sale ORDER BY date") == (
        ("Oat Milk", 2.0, "2024-08-31", 2024, "2024-Q3", "2024-08", "Saturday", 23),
        (None, None, "2024-12-29", 2024, "2024-Q4", "2024-12", "Sunday", 6),
    )
    assert rows("SELECT query, store FROM search") == (("oat milk", None),)
    assert rows("SELECT action, title FROM event") == (("click", "Oat Milk"),)


def test_the_values_are_read_again_only_when_the_ledger_changed(shop: Path) -> None:
    first = ledger_of(shop)
    assert open_ledger(shop / "ledger.sqlite", first) is first
    assert len(first.schema.values) > 50


def test_an_answer_has_its_query_its_rows_and_its_confidence(asker: Asker) -> None:
    answer = asker.ask("how many products are in the bakery", threshold=0.0)
    assert answer.answered == (answer.sql != "")
    assert 0 <= answer.confidence <= 1
    assert len(answer.rows) <= 5
    assert answer.today == "2025-12-14"


def test_below_the_threshold_nothing_is_run(asker: Asker) -> None:
    answer = asker.ask("how many products are in the bakery", threshold=1.0)
    assert not answer.answered
    assert answer.reason in ("unsure", "unknown")
    assert answer.explanation
    assert (answer.columns, answer.rows) == ((), ())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_any_question_is_answered_or_refused_and_the_ledger_stays_as_it_is(
    asker: Asker, shop: Path, question: str
) -> None:
    before = (shop / "ledger.sqlite").read_bytes()
    try:
        answer = asker.ask(question, threshold=0.0)
        assert answer.reason in ("", "unknown", "refused")
    except UserError:
        pass
    assert (shop / "ledger.sqlite").read_bytes() == before


def test_a_ledger_that_is_not_there_is_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no ledger here"):
        open_ledger(tmp_path / "ledger.sqlite")


def test_without_a_model_it_says_how_to_get_one(shop: Path) -> None:
    with pytest.raises(UserError, match="aisle train ask"):
        Asker(shop, place=shop / LEDGER_FILE)


def test_execution_accuracy_counts_equal_results(asker: Asker, tmp_path: Path) -> None:
    path = tmp_path / "asked.tsv"
    path.write_text("question\tsql\nhow many\tSELECT COUNT(*) FROM product\nwhat is the weather\t\n")
    asked = read_asked(path)
    assert asked == [
        Asked(question="how many", sql="SELECT COUNT(*) FROM product"),
        Asked(question="what is the weather", sql=""),
    ]
    numbers = evaluate_asker(asker, asked, threshold=1.0).as_dict()
    assert (numbers["questions"], numbers["unanswerable"], numbers["unanswerable_refused"]) == (2, 1, 100.0)
    path.write_text("question\tsql\nx\tSELECT nothing FROM nowhere\n")
    with pytest.raises(UserError, match="cannot be run"):
        evaluate_asker(asker, read_asked(path))


def test_rows_are_compared_as_a_list_only_where_there_is_an_order() -> None:
    one, other = ((1, 0.1 + 0.2), (2, 1.0)), ((2, 1.0), (1, 0.3))
    assert same_rows(one, other, "SELECT a, b FROM t")
    assert not same_rows(one, other, "SELECT a, b FROM t ORDER BY b")
    assert not same_rows(one, one[:1], "SELECT a, b FROM t")
    assert not same_rows(one, None, "SELECT a, b FROM t")


def test_a_word_is_taken_for_the_nearest_value_if_any_is_near() -> None:
    vectors = {"Snacks": (1, 0), "Bakery": (0, 1), "munchies": (0.8, 0.6), "qwerty": (-0.6, -0.8)}

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([vectors[text] for text in texts], np.float32)

    from aisle.ask.ledger_schema import EMPTY

    guess = Nearest(EMPTY, {"department": ["Snacks", "Bakery"]}, embed)
    found = guess(["munchies", "qwerty", "which"])
    assert [value for value, _, _ in found] == ["Snacks", "", ""]
    assert found[0][2] == pytest.approx(0.8)
    assert {EMPTY.columns[column].name for column in found[0][1]} == {"department"}


def test_a_guess_is_trusted_as_far_as_the_kinds_of_the_shop_are_found_by_it() -> None:
    vectors = {"Snacks": (1, 0), "Bakery": (0, 1), "chips": (0.8, 0.6), "buns": (0.6, 0.8), "pie": (0.995, 0.1)}

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([vectors[text] for text in texts], np.float32)

    from aisle.ask.ledger_schema import EMPTY

    inside = {"chips": {"Snacks"}, "buns": {"Bakery"}, "pie": {"Bakery"}}
    guess = Nearest(EMPTY, {"department": ["Snacks", "Bakery"]}, embed, inside=inside)
    # Two kinds at 0.8 are found, the one at 0.995 is taken for another.
    assert guess.trust(0.8) == pytest.approx(2.5 / 3, abs=0.01)
    assert guess.trust(0.995) == pytest.approx(0.25, abs=0.01)
    assert Nearest(EMPTY, {"department": ["Snacks"]}, embed).trust(0.7) == 0.5


def test_words_that_no_title_has_are_told_from_those_that_one_has(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products([Product(product_id="1", title="Old-fashioned Gluten Free Oats")])
    ledger = open_ledger(tmp_path / "shop" / "ledger.sqlite")
    expected = {"gluten free": (), "oat": (), "fashion": ("fashion",), "free gluten": ("free gluten",)}
    for words, untitled in expected.items():
        assert untitled_words(titles_like(ledger, words), ledger) == untitled


def titles_like(ledger: Ledger, words: str) -> Query:
    title = ledger.schema.place("product", "title")
    assert title is not None
    like = Condition(column=title, operator="LIKE", literals=(words,))
    inner = Query(tables=(0,), items=(Expression(column=0),), where=(like,))
    number = Condition(column=0, operator="IN", query=inner)
    return Query(tables=(0,), items=(Expression(column=title),), where=(number,))


def test_the_command_shows_the_query_and_says_when_it_does_not_know(
    shop: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ask", str(shop), "how many products", "--model", str(model), "--json"]
    assert main([*words, "--threshold", "1"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["answered"] is False
    assert found["question"] == "how many products"
    assert "Simulated" in found["note"]
    assert main(["ask", str(shop), "--tables", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["views"] == VIEWS
    assert main(["ask", str(shop), "x", "--model", str(model), "--today", "soon"]) == 2
    assert "today is 'soon'" in capsys.readouterr().err
    assert main(["ask", str(shop), "--model", str(model)]) == 2
    assert "there is no question" in capsys.readouterr().err
