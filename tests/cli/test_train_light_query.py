"""`aisle train light-query` as a user runs it: from a shop's log to a build that encodes no product again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aisle.cli.main import main
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.serve.world import serving
from tests.storefront.test_gate import PRODUCTS, titles_are_searched_and_bought
from tests.tasks.two_tower_shop import catalogue, written


def done(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    status = main([*map(str, words), "--json"])
    found = capsys.readouterr()
    assert status == 0, found.err
    return json.loads(found.out)


def test_a_shop_takes_a_light_query_tower_and_keeps_the_vectors_of_its_products(
    capsys: pytest.CaptureFixture[str], tiny_encoder: Path, tmp_path: Path
) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.add_events(titles_are_searched_and_bought())
        shop.build(BuildSettings(encoder=str(tiny_encoder)))
    words = ["train", "light-query", "--encoder", tiny_encoder, "--shop", tmp_path / "shop", "--max-steps", 3]
    report = done(capsys, *words, "--batch-size", 8, "--output", tmp_path / "light")
    assert (report["kind"], report["steps"]) == ("table", 3)
    assert 0 < report["queries"] + report["held_out"] < len(PRODUCTS)
    assert report["made_of_titles"] > 0
    assert {name: set(shares) for name, shares in report["milliseconds"].items()} == {
        "full": {"p50", "p99"},
        "light": {"p50", "p99"},
    }
    built = done(capsys, "shop", "build", tmp_path / "shop", "--encoder", tmp_path / "light", "--force")
    assert (built["embedded"], built["reused"], built["encoder"]) == (0, len(PRODUCTS), "light")
    assert built["gate"]["queries"] > 0
    assert done(capsys, "search", tmp_path / "shop", PRODUCTS[0].title, "--mode", "semantic")["hits"]
    assert json.loads((tmp_path / "light" / "run.json").read_text())["about"]["task"] == "light-query"
    with serving(tmp_path / "shop") as client:
        assert client.get("/api/search", params={"q": PRODUCTS[0].title, "mode": "semantic"}).json()["hits"]
        # A table has no steps to walk through; the product tower has.
        assert client.get("/api/inspect", params={"text": "milk"}).json()["encoder"]["layers"] == 2


def test_from_a_file_of_queries_and_a_catalogue(
    capsys: pytest.CaptureFixture[str], tiny_encoder: Path, tmp_path: Path
) -> None:
    wares = catalogue(tmp_path / "wares.tsv")
    pairs = written(tmp_path / "pairs.tsv", "query|product_id", "oat milk|p1", "oat milk|p2", "bread|p3")
    words = ["train", "light-query", "--encoder", tiny_encoder, "--output", tmp_path / "light"]
    assert main([*map(str, words)]) == 2
    assert "give --queries FILE, or --shop SHOP" in " ".join(capsys.readouterr().err.split())
    words += ["--queries", pairs, "--catalogue", wares, "--keep-layers", 0, "--epochs", 1]
    report = done(capsys, *words)
    assert (report["kind"], report["queries"], report["held_out"]) == ("layers 0", 2, 0)
    found = done(
        capsys, "evaluate", "search", "--encoder", tmp_path / "light", "--catalogue", wares,
        "--judgments", written(tmp_path / "j.tsv", "query|product_id|relevance", "oat milk|p1|3"), "--mode", "semantic",
    )  # fmt: skip
    assert found["queries"] == 1
