"""A shop learns from its log how its hits are best ordered, and says what came of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.cli.main import main
from aisle.errors import UserError
from aisle.ranking.model import RANKER_FILE, Ranker
from aisle.serve.learned import versions_learned
from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.storefront.build import BuildReport
from aisle.storefront.ranker import gains_of_judgments, part_of
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.conftest import write_tiny_encoder
from tests.mining.logs import visit

SOUNDS = ("ba", "do", "fi", "ku", "le", "mo", "ra", "su", "ti")
KINDS = [f"{a}{b}{c}k" for a in SOUNDS for b in SOUNDS[:4] for c in SOUNDS[:2]][:64]
BRANDS = ("Alder", "Birch", "Cedar", "Dogwood")
PRODUCTS = [
    Product(
        product_id=f"{kind}-{brand}",
        title=f"{kind} {brand}",
        brand=brand,
        category=("Goods", kind),
        in_stock=brand == BRANDS[number % 4],
    )
    for number, kind in enumerate(KINDS)
    for brand in BRANDS
]
BOUGHT = {kind: f"{kind}-{BRANDS[number % 4]}" for number, kind in enumerate(KINDS)}
PHRASES = ("{}", "some {}", "{} please", "{} box")


def log() -> list[Event]:
    """Of each kind everybody buys the one that is in stock; nothing in its words says which."""
    events = []
    for number, kind in enumerate(KINDS):
        shown = [f"{kind}-{brand}" for brand in BRANDS]
        for at, phrase in enumerate(PHRASES):
            for again in range(2):
                session = f"s{number}-{at}-{again}"
                events += visit(session, phrase.format(kind), shown[at:] + shown[:at], [BOUGHT[kind]])
    return events


@dataclasses.dataclass(frozen=True)
class Built:
    """A shop with a log: version 1 by the weighted sum, version 2 with what the log taught."""

    path: Path
    reports: tuple[BuildReport, BuildReport]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    path = tmp_path_factory.mktemp("ranked") / "shop"
    encoder = write_tiny_encoder(path.parent / "tiny")
    with Shop.create(path) as shop:
        shop.put_products(PRODUCTS)
        shop.add_events(log())
        before = shop.build(BuildSettings(encoder=str(encoder), ranker="none"))
        after = shop.build(BuildSettings(head_queries=50))
    return Built(path, (before, after))


@pytest.fixture
def shop(built: Built) -> Iterator[Shop]:
    with Shop.open(built.path) as opened:
        yield opened


def first(shop: Shop, query: str, version: int = 2) -> str:
    return shop.search(query, k=1, version=version).hits[0].product_id


def test_what_everybody_buys_comes_first_once_it_is_learned(built: Built, shop: Shop) -> None:
    assert [report.ranker.split()[0] for report in built.reports] == ["none:", "learned"]
    assert "held-out" in built.reports[1].ranker
    before = [first(shop, kind, version=1) for kind in KINDS[:20]]
    wanted = [BOUGHT[kind] for kind in KINDS[:20]]
    assert sum(found == bought for found, bought in zip(before, wanted, strict=True)) < 12
    assert [first(shop, kind) for kind in KINDS[:20]] == wanted
    hit = shop.search(KINDS[0], k=1, explain=True, version=2).hits[0]
    assert hit.explanation is not None
    looked_at = [one["name"] for one in hit.explanation["ranker"]["features"]]
    assert "in_stock" in looked_at
    assert "popularity" not in looked_at
    assert shop.verify() == []


def test_the_lab_is_told_what_each_version_learned(shop: Shop) -> None:
    learned, plain = versions_learned(shop)[-2:]
    assert (learned["version"], plain["version"], plain["ranker"]) == (2, 1, None)
    report = learned["ranker"]["report"]
    assert report["accepted"] is True
    assert report["after"]["mrr@10"] > report["before"]["mrr@10"]
    shares = {one["name"]: one["share"] for one in learned["ranker"]["features"]}
    assert shares["in_stock"] > 0.1
    assert shares["popularity"] == 0


def test_the_literal_match_stays_first(shop: Shop) -> None:
    assert first(shop, f"{KINDS[3]}-Alder") == f"{KINDS[3]}-Alder"
    assert first(shop, f"{KINDS[2]} alder") == f"{KINDS[2]}-Alder"


def test_head_queries_have_their_vectors_from_the_build(built: Built, shop: Shop) -> None:
    opened = shop._answering(2)
    assert len(opened.query_vectors) == 50
    (head, *_) = json.loads((built.path / "versions" / "2" / "head_queries.json").read_text())["queries"]
    assert shop.search(head, k=1, version=2).query_vector == "kept"
    assert shop.search("nobody ever asked this", k=1, version=2).query_vector == "encoded"
    assert shop.search("nobody ever asked this", k=1, version=2).query_vector == "kept"
    encoder, kept = opened.encoder, opened.query_vectors.kept(head)
    assert encoder is not None
    assert kept is not None
    assert kept.vector_D == pytest.approx(encoder.encode([head])[0], abs=1e-6)


def test_a_ranker_of_another_encoder_is_refused(built: Built, shop: Shop, tmp_path: Path) -> None:
    ranker = Ranker.open(built.path / "versions" / "2")
    dataclasses.replace(ranker, encoder="another").save(tmp_path / RANKER_FILE)
    with pytest.raises(UserError, match="learned on encoder another"):
        shop.build(BuildSettings(ranker=str(tmp_path)))
    with pytest.raises(UserError, match="learned on encoder another"):
        shop.use_ranker(Ranker.open(tmp_path))


def test_a_log_that_is_too_small_says_why_there_is_no_ranker(tmp_path: Path, built: Built) -> None:
    with Shop.create(tmp_path / "small") as small:
        small.put_products(PRODUCTS[:20])
        small.add_events(visit("a", KINDS[0], [f"{KINDS[0]}-Alder"], [f"{KINDS[0]}-Alder"]))
        report = small.build(BuildSettings(encoder=str(built.path.parent / "tiny")))
        assert report.ranker.startswith("none: the log has 0 held-out queries")


def test_shop_rank_shows_both_columns_and_goes_live(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shop", "rank", str(built.path), "--trees", "20", "--levels", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["accepted"] is True
    assert report["after"]["mrr@10"] > report["before"]["mrr@10"]
    assert report["held_out"] >= 20
    with Shop.open(built.path) as opened:
        assert opened.version == report["version"]


def test_shop_pairs_shows_pairs_filters_and_writes_a_file(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "pairs.tsv"
    assert main(["shop", "pairs", str(built.path), "--limit", "3", "--output", str(output), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pairs"] == len(KINDS) * len(PHRASES) == report["written"]
    assert len(report["shown"]) == 3
    assert report["shown"][0]["product_id"] in BOUGHT.values()
    assert {one["name"] for one in report["filters"]} >= {"unknown product", "not shown", "also needed: category"}
    assert len(output.read_text().splitlines()) == report["pairs"] + 1
    assert main(["shop", "pairs", str(built.path), "--min-sessions", "0"]) == 2
    assert "min_sessions is 0" in capsys.readouterr().err


def test_the_split_of_judged_queries_is_fixed() -> None:
    parts = [part_of(f"query {number}") for number in range(1000)]
    assert 150 < parts.count("report") < 250
    assert [part_of(query) for query in ("milk", "oat milk", "angle bracket")] == ["tune", "tune", "tune"]


def test_judgments_become_gains() -> None:
    gains = gains_of_judgments({"a": {"x": 3.0, "y": 2.5, "z": 1.0}, "b": {"x": 1.0}}, 2.5)
    assert gains == {"a": {"x": 1.0, "y": 0.5}}
