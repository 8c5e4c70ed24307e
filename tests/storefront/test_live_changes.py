"""Changes are searched at once, survive everything, and cost no encoding that they do not need."""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from aisle.search.request import Mode
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.encoded_text import encoded_text
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
    encode = SentenceEncoder.encode_counted

    def counted(self: SentenceEncoder, texts: list[str]) -> object:
        encoded.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(SentenceEncoder, "encode_counted", counted)
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


def test_while_the_encoder_fails_a_change_is_found_by_its_words_and_embedded_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("no kernel")

    with monkeypatch.context() as patch:
        patch.setattr(SentenceEncoder, "encode_counted", broken)
        put(shop, replace(MILK, title="Cocoa Powder"))
        put(shop, replace(QUARK, title="Cocoa Quark"))
        assert shop.changes_by_words_alone == 2
        assert sorted(found(shop, "cocoa")) == ["M-1", "Q-1"]
        assert found(shop, "milk") == []
        put(shop, replace(BREAD, price=1.0))  # needs no encoder, but waits beside those that do
    assert len(caplog.records) == 1
    shop.show_changes()
    assert shop.changes_by_words_alone == 0
    assert shop.towers is not None
    expected_D = shop.towers.products.encode([encoded_text(replace(MILK, title="Cocoa Powder"))])[0]
    (query_D,) = shop.towers.queries.encode(["cocoa"])
    scores = {hit.product_id: hit.score for hit in shop.search("cocoa", mode="semantic").hits}
    assert scores["M-1"] == pytest.approx(float(query_D @ expected_D), abs=2e-3)


def test_a_write_that_another_thread_has_not_finished_is_not_seen(shop: Shop) -> None:
    written, seen = threading.Event(), threading.Event()
    early: list[bool] = []

    def fails() -> None:
        with suppress(RuntimeError), shop.ledger.transaction():
            shop.ledger.upsert_products([QUARK])
            written.set()
            # Whoever looks has to wait until this is decided.
            early.append(seen.wait(0.2))
            raise RuntimeError("the disk is full")

    writer = threading.Thread(target=fails)
    writer.start()
    assert written.wait(10)
    shop.show_changes()
    seen.set()
    writer.join()
    assert early == [False]
    assert found(shop, "quark") == []
    # Its revision is given out again, and must not be taken for one that was seen.
    put(shop, replace(QUARK, product_id="Q-2"))
    assert found(shop, "quark") == ["Q-2"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_whatever_order_searches_know_what_the_ledger_knows(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(live_changes, "FRESH", 3)
    chance = random.Random(seed)
    for step in range(40):
        name = chance.choice(["M-1", "B-1", "Q-1", "Q-2", "Q-3", "Q-4", "Q-5"])
        if chance.random() < 0.3:
            shop.delete_product(name)
        else:
            shop.put_products([replace(QUARK, product_id=name, title=f"Quark {name} {step}", price=step / 10)])
        if chance.random() < 0.6:
            shop.show_changes()
    shop.show_changes()
    truth = {product.product_id: (product.title, product.price) for product in shop.ledger.products()}
    for mode in ("lexical", "semantic"):
        hits = shop.search("quark", mode=mode, k=20).hits
        assert {hit.product_id: (hit.title, hit.product["price"]) for hit in hits} == truth


def test_what_waited_and_found_a_place_waits_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_changes, "MOST_PUT", 1)
    assert put(shop, QUARK, replace(QUARK, product_id="Q-2", title="Quark second")) == 1
    shop.delete_product("Q-1")
    assert put(shop, replace(QUARK, product_id="Q-2", title="Quark third")) == 0
    assert found(shop, "quark") == ["Q-2"]


def test_a_text_longer_than_the_encoder_reads_is_counted(shop: Shop) -> None:
    put(shop, replace(QUARK, title="quark " * 600))
    assert shop.changed_texts_truncated == 1


def test_a_version_of_the_same_encoder_takes_it_over_with_what_it_remembers(shop: Shop) -> None:
    assert shop.search("something for breakfast").query_vector == "encoded"
    encoder = shop.encoder
    shop.build()
    assert shop.version == 2
    assert shop.encoder is encoder
    assert shop.search("something for breakfast").query_vector == "kept"


def test_versions_left_behind_are_let_go_with_their_files(shop: Shop) -> None:
    opened = [weakref.ref(shop._answering(None))]
    for number in range(3):
        put(shop, replace(QUARK, title=f"Quark {number}"))
        shop.build()
        opened.append(weakref.ref(shop._answering(None)))
    # The live one, and the one that a rollback would go to.
    assert [version() is not None for version in opened] == [False, False, True, True]


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
