"""`aisle train two-tower` as a user runs it: from a file of pairs, and what is refused.

Run in this process but for what is killed: a process of its own loads torch anew every time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import pytest

from aisle.cli.main import main
from aisle.storefront.gate import held_out
from aisle.storefront.shop import Shop
from aisle.text.words import normalize
from tests.storefront.test_gate import PRODUCTS, titles_are_searched_and_bought
from tests.tasks.two_tower_shop import catalogue, pair_table, written


class Command(Protocol):
    def __call__(self, *words: object) -> Any: ...


@pytest.fixture
def done(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command; its JSON."""

    def run(*words: object) -> Any:
        status = main([*map(str, words), "--json"])
        found = capsys.readouterr()
        assert status == 0, found.err
        (line,) = found.out.splitlines()
        return json.loads(line)

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command that is refused; what it says."""

    def run(*words: object) -> str:
        assert main([*map(str, words)]) == 2
        return " ".join(capsys.readouterr().err.split())

    return run


FLAGS = ("--batch-size", 8, "--precision", "f32", "--checkpoint-every", 0)


def test_trained_towers_are_an_encoder_for_every_other_command(
    done: Command, refused: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    wares = catalogue(tmp_path / "wares.tsv")
    pairs = pair_table(tmp_path / "pairs.tsv")
    words = ["train", "two-tower", "--encoder", tiny_encoder, "--catalogue", wares, "--pairs", pairs, *FLAGS]
    words += ["--stages", "cascade", "--negatives", "self-adversarial", "--epochs", 1]
    report = done(*words, "--output", tmp_path / "towers")
    assert (report["template"], report["tied"]) == ("markers", False)
    assert [stage["stage"] for stage in report["stages"]] == ["warm-up", "cascade"]
    assert report["rows"]["wrong_answers"] > 0
    assert report["products"] == 24
    found = done(
        "evaluate", "search", "--encoder", tmp_path / "towers", "--catalogue", wares, "--judgments", pairs,
        "--mode", "semantic",
    )  # fmt: skip
    assert found["recall@20"] > 0.5
    assert done("shop", "create", tmp_path / "shop", "--catalogue", wares)["products"] == 24
    assert done("shop", "build", tmp_path / "shop", "--encoder", tmp_path / "towers")["encoder"] == "towers"
    assert done("search", tmp_path / "shop", "oat milk", "--mode", "semantic")["hits"]
    assert "holds a finished run" in refused(*words, "--output", tmp_path / "towers")


def test_from_a_shop_s_log_to_a_build_that_its_held_out_queries_accept(
    done: Command, refused: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.add_events(titles_are_searched_and_bought())
    done("shop", "build", tmp_path / "shop", "--encoder", tiny_encoder)
    words = ["train", "two-tower", "--encoder", tiny_encoder, "--shop", tmp_path / "shop", *FLAGS, "--max-steps", 2]
    report = done(*words, "--output", tmp_path / "towers")
    assert report["products"] == len(PRODUCTS)
    assert 0 < report["pairs"] < len(PRODUCTS)
    built = done("shop", "build", tmp_path / "shop", "--encoder", tmp_path / "towers", "--force")
    assert built["gate"]["queries"] > 0
    assert set(built["gate"]["live"]) == set(built["gate"]["candidate"])
    judged = written(tmp_path / "j.tsv", "query|product_id|relevance", f"{PRODUCTS[0].title}|p0|3")
    words = ["evaluate", "search", "--judgments", judged, "--mode", "hybrid"]
    assert done(*words, "--shop", tmp_path / "shop")["recall@20"] == 1
    assert done(*words, "--shop", tmp_path / "shop", "--encoder", tmp_path / "towers")["recall@20"] == 1
    # Another encoder is measured in a copy, and the shop stays as it is.
    version = done("shop", "status", tmp_path / "shop")["version"]
    assert done(*words, "--shop", tmp_path / "shop", "--encoder", tiny_encoder)["recall@20"] == 1
    assert done("shop", "status", tmp_path / "shop")["version"] == version
    wares = catalogue(tmp_path / "wares.tsv")
    message = refused(*words, "--shop", tmp_path / "shop", "--encoder", tiny_encoder, "--catalogue", wares)
    assert "is live with another encoder than" in message
    # Of a file's queries too one in ten is left out.
    pairs = written(tmp_path / "p.tsv", "query|product_id", *(f"{one.title}|{one.product_id}" for one in PRODUCTS))
    words = ["train", "two-tower", "--encoder", tiny_encoder, "--shop", tmp_path / "shop", "--pairs", pairs, *FLAGS]
    report = done(*words, "--max-steps", 1, "--output", tmp_path / "again")
    left = sum(not held_out(normalize(one.title)) for one in PRODUCTS)
    assert report["pairs"] == left < len(PRODUCTS)
    assert done(*words, "--max-steps", 1, "--output", tmp_path / "all", "--every-query")["pairs"] == len(PRODUCTS)
    # What towers were trained on teaches no ranker; too little is left here.
    words = ["train", "ranker", "--catalogue", wares, "--judgments", judged, "--output", tmp_path / "r.json"]
    assert "of 1 judged queries that it left out" in refused(*words, "--encoder", tmp_path / "again")
    assert "may have been trained on every query" in refused(*words, "--encoder", tmp_path / "all")
    words = ["evaluate", "search", "--judgments", judged, "--mode", "hybrid"]
    assert "give --catalogue FILE or --shop SHOP" in refused(*words)
    assert "is not a shop" in refused(*words, "--shop", tmp_path / "nowhere")


def test_titles_alone_stay_plain(done: Command, tiny_encoder: Path, tmp_path: Path) -> None:
    wares = catalogue(tmp_path / "wares.tsv", fields=False)
    pairs = pair_table(tmp_path / "pairs.tsv", column="weight")
    words = ["train", "two-tower", "--encoder", tiny_encoder, "--catalogue", wares, "--pairs", pairs, *FLAGS]
    report = done(*words, "--max-steps", 2, "--output", tmp_path / "towers", "--dev", pairs)
    assert (report["template"], report["tied"], report["steps"]) == ("plain", True, 2)
    assert set(report["metrics"]) == {"recall@20", "mrr@10"}


def test_bad_input_is_one_clear_line(refused: Command, tiny_encoder: Path, tmp_path: Path) -> None:
    wares = catalogue(tmp_path / "wares.tsv")
    words = ["train", "two-tower", "--encoder", tiny_encoder, "--output", tmp_path / "towers"]
    assert "give --catalogue FILE or --shop SHOP" in refused(*words)
    assert "give --pairs FILE, or --shop SHOP" in refused(*words, "--catalogue", wares)
    strangers = written(tmp_path / "strangers.tsv", "query|product_id", "milk|x1")
    message = refused(*words, "--catalogue", wares, "--pairs", strangers)
    assert "1 unknown products" in message
    out = next(f"milk {number}" for number in range(99) if held_out(f"milk {number}"))
    alone = written(tmp_path / "alone.tsv", "query|product_id", f"{out}|p1")
    assert "--every-query" in refused(*words, "--catalogue", wares, "--pairs", alone)
    alike = written(tmp_path / "alike.tsv", "query|product_id", *(f"milk {n}|p{n}" for n in range(9)))
    message = refused(*words, "--catalogue", wares, "--pairs", alike, "--stages", "cascade")
    assert "no pair is of high quality" in message
    assert not (tmp_path / "towers").exists()


def test_a_run_that_was_killed_ends_with_the_weights_of_an_unbroken_one(
    done: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    wares = catalogue(tmp_path / "wares.tsv")
    pairs = pair_table(tmp_path / "pairs.tsv", rows=64)
    words = ["train", "two-tower", "--encoder", tiny_encoder, "--catalogue", wares, "--pairs", pairs]
    words += ["--batch-size", 4, "--precision", "f32", "--checkpoint-every", 5, "--epochs", 1]
    done(*words, "--output", tmp_path / "unbroken")
    command = [sys.executable, "-m", "aisle.cli.main", *map(str, words), "--output", str(tmp_path / "killed")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    metrics = tmp_path / "killed" / "metrics.jsonl"
    while process.poll() is None and not (metrics.is_file() and metrics.read_text().count("\n") >= 7):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert json.loads((tmp_path / "killed" / "run.json").read_text())["status"] == "running"
    done(*words, "--output", tmp_path / "killed")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("unbroken", "killed")]
    assert weights[0] == weights[1]
