"""The gate and the towers of a shop: which encoder may go live, which vectors a query is compared with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.mining.pair import Pair
from aisle.sentence.towers import Towers
from aisle.shop.encoded_text import encoded_text
from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.storefront.gate import FEWEST_QUERIES, Contender, compare, held_out, refuse
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from aisle.storefront.training_pairs import for_training, mined
from tests.conftest import WORDS, write_tiny_encoder
from tests.mining.logs import visit
from tests.sentence.test_towers import towers

PRODUCTS = [
    Product(product_id=f"p{number}", title=f"{first} {second} {number}", brand="fern", category=("food", second))
    for number, (first, second) in enumerate((a, b) for a in WORDS for b in WORDS if a != b)
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop") as opened:
        opened.put_products(PRODUCTS)
        yield opened


def made_pairs(product_of: dict[str, str]) -> list[Pair]:
    return [
        Pair(query=query, product_id=product, weight=1.0, quality="high", source="events")
        for query, product in product_of.items()
    ]


def titles_are_searched_and_bought() -> list[Event]:
    """A log in which three sessions search for every title and buy that product."""
    return [
        event
        for product in PRODUCTS
        for session in range(3)
        for event in visit(f"{product.product_id}-{session}", product.title, [product.product_id], [product.product_id])
    ]


def test_one_query_in_ten_is_held_out_and_never_trained_on() -> None:
    queries = [f"query {number}" for number in range(2000)]
    share = np.mean([held_out(query) for query in queries])
    assert 0.07 < share < 0.13
    assert held_out("Oat Milk") == held_out("oat milk")
    kept = for_training(made_pairs(dict.fromkeys(queries, "p1")))
    assert kept
    assert not any(held_out(pair.query) for pair in kept)


def test_both_columns_are_shown_and_too_few_queries_refuse_nothing(
    shop: Shop, tiny_encoder: Path, tmp_path: Path
) -> None:
    shop.build(BuildSettings(encoder=str(tiny_encoder)))
    live = Contender(name="live", index=shop.index, encoder=shop.encoder)
    # Vectors of one encoder asked with those of another: nothing fits.
    stranger = Towers.load(write_tiny_encoder(tmp_path / "other", seed=9)).queries
    titles = {product.title: product.product_id for product in PRODUCTS if held_out(product.title)}
    asked = made_pairs(dict(list(titles.items())[: FEWEST_QUERIES - 1]))
    report = compare(asked, live, Contender(name="lost", index=shop.index, encoder=stranger))
    assert report.queries == len(asked)
    assert list(report.live) == list(report.candidate) == ["recall@20", "ndcg@10", "mrr@10", "recall@20 by meaning"]
    assert report.candidate["recall@20 by meaning"] < report.live["recall@20 by meaning"]
    assert report.accepted
    assert "too few" in report.reason
    message = str(refuse(dataclasses.replace(report, accepted=False), "lost"))
    assert (
        f"lost loses on the shop's {len(asked)} held-out queries (recall@20 {report.live['recall@20']:.4f}" in message
    )
    assert "--force" in message


def test_a_loss_beyond_chance_is_refused(shop: Shop, tiny_encoder: Path) -> None:
    shop.build(BuildSettings(encoder=str(tiny_encoder)))
    whole = shop.index
    queries = [f"{product.title} {word}" for product in PRODUCTS for word in ("", "the", "of")]
    asked = {query: f"p{query.split()[2]}" for query in queries if held_out(query)}
    shop.put_products(dataclasses.replace(product, title=f"other {product.product_id}") for product in PRODUCTS[::3])
    shop.build(BuildSettings(encoder=str(tiny_encoder)))
    report = compare(
        made_pairs(asked),
        Contender(name="whole", index=whole, encoder=shop.encoder),
        Contender(name="part", index=shop.index, encoder=shop.encoder),
    )
    assert report.queries >= FEWEST_QUERIES
    assert report.candidate["recall@20"] < report.live["recall@20"]
    assert not report.accepted


def test_a_build_that_loses_leaves_the_live_version_unless_it_is_forced(shop: Shop, tmp_path: Path) -> None:
    shop.add_events(titles_are_searched_and_bought())
    shop.build(BuildSettings(encoder=str(towers(tmp_path / "a"))))
    live = shop.version
    # What was bought is now called something else, so that whatever the encoder, little is found.
    shop.put_products(dataclasses.replace(product, title=f"other {product.product_id}") for product in PRODUCTS)
    other = str(towers(tmp_path / "b", template="labels"))
    with pytest.raises(UserError, match=r"b loses on the shop's \d+ held-out queries \(recall@20 1.0000 live, 0"):
        shop.build(BuildSettings(encoder=other))
    assert shop.version == live
    report = shop.build(BuildSettings(encoder=other, force=True))
    assert shop.version == report.version != live
    assert report.gate is not None
    assert not report.gate.accepted


def test_a_shop_s_log_becomes_training_pairs_without_the_held_out_queries(shop: Shop) -> None:
    shop.add_events(titles_are_searched_and_bought())
    pairs = mined(shop.path, PRODUCTS).pairs
    kept = for_training(pairs)
    assert {pair.product_id for pair in pairs} == {product.product_id for product in PRODUCTS}
    assert 0 < len(pairs) - len(kept) < len(pairs) / 4
    assert not list(shop.path.glob("tmp*"))


def test_products_are_searched_with_the_query_tower(shop: Shop, tmp_path: Path) -> None:
    directory = towers(tmp_path / "two", query=1, product=2, template="labels")
    shop.build(BuildSettings(encoder=str(directory)))
    loaded = Towers.load(directory)
    assert shop.fingerprint == loaded.fingerprint
    (query_D,) = loaded.queries.encode(["whole milk"])
    for hit in shop.search("whole milk", mode="semantic", k=5).hits:
        product = shop.product(hit.product_id)
        assert product is not None
        text = encoded_text(product, "labels")
        assert text.endswith("Brand: fern. Category: " + product.category[-1] + ".")
        assert hit.score == pytest.approx(float(loaded.products.encode([text])[0] @ query_D), abs=2e-3)


def test_towers_that_differ_in_the_template_alone_embed_everything_anew(shop: Shop, tmp_path: Path) -> None:
    shop.build(BuildSettings(encoder=str(towers(tmp_path / "a", template="plain"))))
    report = shop.build(BuildSettings(encoder=str(towers(tmp_path / "b", template="labels"))))
    assert report.reused == 0
    assert shop.build(BuildSettings(encoder=str(tmp_path / "b"))).reused == len(PRODUCTS)


def test_a_build_without_a_name_takes_the_encoder_that_was_accepted_last(shop: Shop, tmp_path: Path) -> None:
    directory = towers(tmp_path / "two")
    shop.build(BuildSettings(encoder=str(directory)))
    before = shop.fingerprint
    report = shop.build()
    assert (report.encoder, shop.fingerprint) == ("two", before)
    assert report.gate is None  # the same encoder needs no gate
    shop.build(BuildSettings(encoder="none"))
    assert shop.build().encoder == "two"


def test_a_shop_without_a_log_has_nothing_to_compare_on_and_says_so(
    shop: Shop, tiny_encoder: Path, tmp_path: Path
) -> None:
    shop.build(BuildSettings(encoder=str(tiny_encoder)))
    report = shop.build(BuildSettings(encoder=str(write_tiny_encoder(tmp_path / "other", seed=4))))
    assert report.gate is not None
    assert report.gate.accepted
    assert "nothing to compare on" in report.gate.reason


def test_the_mistake_of_a_missing_encoder_is_named(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        shop.build(BuildSettings(encoder=str(tmp_path / "nowhere")))
