"""Golden queries: a version that loses one does not go live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.cli.main import main
from aisle.errors import UserError
from aisle.shop.product import Product
from aisle.storefront.golden import GoldenQuery, load_golden, parse_golden, save_golden
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

MILK = Product(product_id="M-1", title="Whole Milk")
BREAD = Product(product_id="B-1", title="Rye Bread")
OTHERS = [Product(product_id=f"M-{number}", title=f"Milk {number}") for number in range(2, 6)]
PLAIN = BuildSettings(encoder="none")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products([MILK, BREAD, *OTHERS])
        yield shop


def test_a_build_that_loses_a_golden_query_is_refused_with_both_places_unless_forced(shop: Shop) -> None:
    save_golden(shop.path, [GoldenQuery(query="whole milk", product_id="M-1", top=1)])
    first = shop.build(PLAIN)
    assert first.golden is not None
    assert (first.golden.live, first.golden.candidate, first.golden.accepted) == (None, 1, True)
    shop.put_products([replace(MILK, title="Skimmed"), replace(OTHERS[0], title="Whole Milk")])
    with pytest.raises(UserError, match=r"loses 1 of 1 golden queries \('whole milk': M-1 at 1 live, .*--force"):
        shop.build(PLAIN)
    assert [version.number for version in shop.versions()] == [1]
    forced = shop.build(replace(PLAIN, force=True))
    assert shop.version == forced.version
    # What the live version misses as well is told, and keeps nothing from going live.
    again = shop.build(PLAIN)
    assert again.golden is not None
    assert [place.query for place in again.golden.missed] == ["whole milk"]
    assert again.golden.accepted
    kept = json.loads((shop.path / "versions" / str(again.version) / "manifest.json").read_text())
    assert kept["facts"]["golden"]["candidate"] == 0


def test_a_product_that_left_the_catalogue_stops_no_build_and_is_named(shop: Shop) -> None:
    save_golden(shop.path, [GoldenQuery(query="rye", product_id="B-1")])
    shop.build(PLAIN)
    shop.delete_product("B-1")
    report = shop.build(PLAIN).golden
    assert report is not None
    assert report.gone == ("B-1",)
    assert report.accepted


def test_an_encoder_takes_part(shop: Shop, tiny_encoder: Path) -> None:
    save_golden(shop.path, [GoldenQuery(query="rye bread", product_id="B-1", top=1)])
    for _ in range(2):
        report = shop.build(BuildSettings(encoder=str(tiny_encoder))).golden
        assert report is not None
        assert report.candidate == 1


def test_the_command_adds_lists_checks_and_drops(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.build(PLAIN)
    words = ["shop", "golden", str(shop.path)]
    assert main([*words, "--add", "whole milk", "M-1", "--top", "1", "--check"]) == 0
    more = tmp_path / "more.tsv"
    more.write_text("# query, product\nrye\tB-1\nmilk\tB-1\t3\n")
    capsys.readouterr()
    assert main([*words, "--file", str(more), "--check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(row["query"], row["top"], row["place"]) for row in told["golden"]] == [
        ("whole milk", 1, 1),
        ("rye", 10, 1),
        ("milk", 3, None),
    ]
    assert told["missed"] == 1
    assert main([*words, "--drop", "milk", "--check"]) == 0
    assert [each.query for each in load_golden(shop.path)] == ["whole milk", "rye"]
    for wrong in (["--add", "x", "nowhere"], ["--add", "x"], ["--drop", "x"], ["--add", "x", "M-1", "--top", "0"]):
        assert main([*words, *wrong]) == 2


@pytest.mark.parametrize("line", ["milk", "milk\tM-1\tmany", "\tM-1", "milk\tM-1\t0", "milk\tM-1\t٣", "a\tb\tc\td"])
def test_a_line_that_makes_no_sense_is_named(line: str) -> None:
    with pytest.raises(UserError, match=r"golden\.tsv, line 2: "):
        parse_golden(f"# first\n{line}\n", "golden.tsv")


@given(st.text())
def test_whatever_the_file_holds_it_is_read_or_refused(text: str) -> None:
    try:
        golden = parse_golden(text, "x")
    except UserError:
        return
    again = "".join(f"{each.query}\t{each.product_id}\t{each.top}\n" for each in golden)
    assert parse_golden(again, "x") == golden
