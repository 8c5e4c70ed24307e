"""Changes are searched at once, survive everything, and cost no encoding that they do not need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aisle.search.request import Mode
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.product import Product
from aisle.storefront import live_changes
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

MILK = Product(product_id="M-1", title="Whole Milk", brand="Fernwood", category=("Dairy",), price=2.0)
BREAD = Product(product_id="B-1", title="Rye Bread", brand="Oakley", category=("Bakery",), price=3.0)
QUARK = Product(product_id="Q-1", title="Quark Natural", brand="Fernwood", category=("Dairy",), price=1.5)


@pytest.fixture
def shop(tmp_path: Path, tiny_encoder: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products([MILK, BREAD])
        shop.build(BuildSettings(encoder=str(tiny_encoder)))
        yield shop


def found(shop: Shop, query: str, *, mode: Mode = "lexical", version: int | None = None) -> list[str]:
    return [hit.product_id for hit in shop.search(query, mode=mode, version=version).hits]


def put(shop: Shop, *products: Product) -> int:
    shop.put_products(products)
    return shop.show_changes()


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_a_new_product_is_found_and_a_deleted_one_gone_at_once(shop: Shop, mode: Mode) -> None:
    assert put(shop, QUARK) == 0
    assert found(shop, "quark natural fernwood dairy", mode=mode)[0] == "Q-1"
    shop.delete_product("Q-1")
    shop.delete_product("B-1")
    shop.show_changes()
    assert set(found(shop, "quark rye bread", mode=mode)) <= {"M-1"}


def test_changes_survive_the_process_and_go_into_the_next_build(shop: Shop) -> None:
    put(shop, QUARK)
    shop.delete_product("M-1")
    with Shop.open(shop.path) as again:
        assert found(again, "quark") == ["Q-1"]
        assert "M-1" not in found(again, "")
    assert shop.build().products == 2
    assert found(shop, "quark") == ["Q-1"]
    assert shop.status().changes_since_build == 0


def test_a_rollback_shows_the_products_as_the_ledger_has_them(shop: Shop) -> None:
    put(shop, QUARK)
    shop.build()
    shop.rollback()
    assert shop.version == 1
    assert found(shop, "quark") == ["Q-1"]


def test_another_process_sees_a_change_when_it_looks(shop: Shop) -> None:
    with Shop.open(shop.path) as other:
        assert found(other, "quark") == []
        put(shop, QUARK)
        other.show_changes()
        assert found(other, "quark") == ["Q-1"]


def test_a_new_version_does_not_hide_a_change_for_a_moment(shop: Shop) -> None:
    found(shop, "milk")
    with Shop.open(shop.path) as builder:
        builder.build()
    put(shop, QUARK)
    assert shop.refresh()
    assert found(shop, "quark") == ["Q-1"]


def test_price_and_stock_change_without_encoding_and_a_title_with_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    encode = SentenceEncoder.encode

    def counted(self: SentenceEncoder, texts: list[str]) -> object:
        encoded.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(SentenceEncoder, "encode", counted)
    put(shop, replace(MILK, price=1.0, in_stock=False))
    assert encoded == []
    (hit,) = shop.search("milk", mode="lexical", filter="price < 1.5").hits
    assert hit.product["in_stock"] is False
    put(shop, replace(MILK, title="Skimmed Milk"))
    assert len(encoded) == 1
    put(shop, replace(MILK, title="Skimmed Milk", price=9.0))
    assert len(encoded) == 1
    assert found(shop, "skimmed") == ["M-1"]


def test_what_is_too_much_to_search_beside_the_version_waits_and_is_counted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_changes, "MOST_PUT", 2)
    many = [replace(QUARK, product_id=f"Q-{number}", title=f"Quark sort {number}") for number in range(4)]
    assert put(shop, *many) == 2
    assert len(found(shop, "quark")) == 2
    shop.delete_product("Q-3")
    assert shop.show_changes() == 1
    shop.build()
    assert shop.show_changes() == 0
    assert len(found(shop, "quark")) == 3


def test_a_version_without_vectors_takes_changes_too(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "plain") as shop:
        assert shop.show_changes() == 0
        shop.put_products([MILK])
        shop.build(BuildSettings(encoder="none"))
        put(shop, QUARK)
        assert found(shop, "quark") == ["Q-1"]


def test_a_version_that_is_named_answers_as_it_was_built(shop: Shop) -> None:
    put(shop, QUARK)
    shop.build()
    assert found(shop, "quark", version=1) == []
