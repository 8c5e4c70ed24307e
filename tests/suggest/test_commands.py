"""The commands about suggestions, and what an owner sees of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aisle.cli.main import main
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

from .world import PRODUCTS, visits


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    path = tmp_path_factory.mktemp("shops") / "shop"
    with Shop.create(path) as made:
        made.put_products(PRODUCTS)
        made.add_events(visits())
        report = made.build(BuildSettings(encoder=str(tiny_encoder)))
    assert report.suggestions_compared > 0
    return path


@pytest.fixture
def no_lists(shop: Path) -> Iterator[None]:
    yield
    for path in (shop / "suggest").glob("*"):
        path.unlink()


def done(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    assert main([*map(str, words), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def test_suggest_says_what_it_leads_to_and_why(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = done(capsys, "suggest", shop, "whole")["suggestions"]
    assert {"text", "score", "match", "start", "end", "category", "image"} == set(found[0])
    found = done(capsys, "suggest", shop, "mlik", "--explain")["suggestions"]
    assert found[0]["match"] == "fuzzy"
    assert found[0]["why"]["looked up"] == "milk"
    assert found[0]["why"]["slips"]["cost"] > 0
    assert main(["suggest", str(shop), "whole", "--explain"]) == 0
    assert "what was typed stands in it" in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("no_lists")
def test_lists_are_shown_changed_and_taken_back(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert done(capsys, "suggest", "lists", shop) == {"always": [], "never": [], "not_duplicates": []}
    changed = done(
        capsys, "suggest", "lists", shop, "--always", "sock sale", "--never", "lunch meat", "--not-duplicates", "a", "b"
    )
    assert changed == {"always": ["sock sale"], "never": ["lunch meat"], "not_duplicates": [["a", "b"]]}
    assert done(capsys, "suggest", shop, "lunch m")["suggestions"] == []
    assert done(capsys, "suggest", "lists", shop, "--drop", "lunch meat", "a")["never"] == []
    assert done(capsys, "suggest", shop, "lunch m")["suggestions"]


@pytest.mark.usefixtures("no_lists")
def test_what_is_never_wanted_disappears_from_an_opened_shop(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Shop.open(shop) as opened:
        assert opened.suggest("lunch m")
        done(capsys, "suggest", "lists", shop, "--never", "lunch meat")
        assert not opened.refresh()
        assert opened.suggest("lunch m") == []


@pytest.mark.usefixtures("no_lists")
def test_calibrate_keeps_a_threshold_only_if_nothing_dangerous_is_merged(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = done(capsys, "suggest", "calibrate", shop)
    assert found["dangerous"] == 0
    assert found["saved"]
    assert (shop / "suggest" / "duplicates.json").exists()
    pairs = tmp_path / "pairs.tsv"
    # As the labels have it, two spellings of one thing are different: no threshold can keep them apart.
    pairs.write_text("one\tother\tsame\nmilk\tmilks\t0\nmayo\tmayonnaise\t1\n")
    found = done(capsys, "suggest", "calibrate", shop, "--pairs", pairs)
    assert (found["dangerous"], found["saved"]) == (1, False)


def test_calibrate_needs_an_encoder(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as made:
        made.put_products(PRODUCTS)
        made.build(BuildSettings(encoder="none"))
    words = [sys.executable, "-m", "aisle.cli.main", "suggest", "calibrate", str(tmp_path / "shop")]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "without an encoder" in run.stderr


def test_evaluate_goes_by_the_query_before(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.tsv"
    log.write_text("prefix\tquery\tstore\tprevious\nwh\twhole milk\tnorth\tchocolate\nsp\tspaghetti\t\t\n")
    found = done(capsys, "evaluate", "suggest", shop, "--log", log)
    assert {"prefixes", "success@10", "mrr@10", "keystrokes_saved", "duplicates@10"} <= set(found)
    assert (found["prefixes"], found["success@10"], found["duplicates@10"]) == (2, 1.0, 0.0)
