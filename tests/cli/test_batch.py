"""`aisle batch`: the same commands for one machine, for several without Ray, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.cli.main import main
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("batch") / "shop"
    with Shop.create(path) as made:
        made.put_products(sample_catalogue(products=40, seed=2))
        made.build(BuildSettings(encoder="none"))
    return path


def test_shards_done_one_by_one_are_joined_by_the_same_command(
    shop: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["batch", "embed", str(shop), "--encoder", str(tiny_encoder), "--output", str(tmp_path / "vectors"),
             "--work", str(tmp_path / "work"), "--json"]  # fmt: skip
    for shard, missing in (("1/2", 1), ("0/2", 0)):
        assert main([*words, "--shard", shard]) == 0
        assert json.loads(capsys.readouterr().out) == {"shard": shard, "missing": missing}
    assert main([*words, "--shards", "2"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["texts"], report["shards"], report["started_again"]) == (40, 2, 0)
    build = ["shop", "build", str(shop), "--encoder", str(tiny_encoder), "--vectors", str(tmp_path / "vectors")]
    assert main([*build, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["embedded"] == 0


def test_wrong_use_is_one_line(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judge = ["batch", "judge", str(shop), "--judgments", str(tmp_path / "none.tsv"), "--output", str(tmp_path / "o")]
    for words, said in (
        ([*judge, "--shard", "0/2"], "name it with --work"),
        ([*judge, "--workers", "0"], "workers is 0"),
        (["batch", "pairs", str(shop), "--output", str(tmp_path / "p.tsv"), "--shards", "0"], "there are 0 shards"),
    ):
        assert main(words) == 2
        assert said in capsys.readouterr().err
