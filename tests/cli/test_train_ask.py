"""aisle train ask, and what it wrote asked and measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.cli.main import main
from tests.ask.shops import make_shop


def test_a_model_is_trained_where_ask_looks_and_measured(
    tmp_path: Path, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_shop(tmp_path / "shop")
    assert main(["ask", str(shop), "how many products"]) == 2
    assert f"aisle train ask {shop}" in capsys.readouterr().err
    small = ["--width", "32", "--heads", "4", "--linking-layers", "1", "--decoder-layers", "1", "--freeze-layers", "1"]
    few = ["--questions", "12", "--dev-questions", "4", "--max-steps", "2", "--batch-size", "6"]
    assert main(["train", "ask", str(shop), "--encoder", str(tiny_encoder), *small, *few, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    # What the small encoder is too short for is left out and counted.
    assert report["questions"] + sum(report["left_out"].values()) == 12
    assert report["steps"] == 2
    assert report["output"] == str(shop / "runs" / "ask")
    assert main(["ask", str(shop), "how many products", "--threshold", "0", "--json"]) in (0, 3)
    assert json.loads(capsys.readouterr().out)["question"] == "how many products"
    table = tmp_path / "asked.tsv"
    table.write_text("question\tsql\nhow many products\tSELECT COUNT(*) FROM product\nwhere are you\t\n")
    assert main(["evaluate", "ask", str(shop), "--data", str(table), "--wrong", "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["questions"] == 2
    assert numbers["execution_accuracy"] in (0.0, 100.0)
    assert len(numbers["wrong"]) <= 2


def test_a_shop_without_products_cannot_be_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from aisle.storefront.shop import Shop

    Shop.create(tmp_path / "empty").close()
    assert main(["train", "ask", str(tmp_path / "empty")]) == 2
    assert "has no products" in capsys.readouterr().err
