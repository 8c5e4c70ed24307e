"""Every command as a user runs it: in a process of its own, over real files."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.shop.sample.catalogue import sample_catalogue

CATALOGUE = sample_catalogue(products=120, seed=5)


def aisle(*words: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aisle.cli.main", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, input=given, check=False)


def done(*words: object, given: str | None = None) -> Any:
    run = aisle(*words, "--json", given=given)
    assert run.returncode == 0, run.stderr
    (line,) = run.stdout.splitlines()
    return json.loads(line)


def refused(*words: object, given: str | None = None) -> str:
    run = aisle(*words, given=given)
    assert run.returncode == 2, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "catalogue.csv"
    rows = ["sku,name,brand,price"]
    rows += [f'{p.product_id},"{p.title}",{p.brand.replace(",", " ")},{p.price}' for p in CATALOGUE]
    path.write_text(
        "\n".join([*rows, ",no id,x,1", f"{CATALOGUE[0].product_id},{CATALOGUE[0].title!r},x,cheap"]) + "\n"
    )
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, catalogue: Path, tiny_encoder: Path) -> Path:
    path = tmp_path_factory.mktemp("shops") / "shop"
    made = done("shop", "create", path, "--catalogue", catalogue)
    assert (made["products"], made["rejected"]) == (len(CATALOGUE), 2)
    reasons = [json.loads(line)["reason"] for line in Path(made["rejects_file"]).read_text().splitlines()]
    assert "product_id" in reasons[0]
    assert "price" in reasons[1]
    built = done("shop", "build", path, "--encoder", tiny_encoder)
    assert built["products"] == len(CATALOGUE)
    return path


def test_search_gives_hits_total_and_milliseconds(shop: Path) -> None:
    answer = done("search", shop, CATALOGUE[0].title, "--k", 3, "--explain")
    assert answer["hits"][0]["product_id"] == CATALOGUE[0].product_id
    assert {"product_id", "title", "score"} <= set(answer["hits"][0])
    assert answer["hits"][0]["explanation"]
    assert answer["total"] >= len(answer["hits"]) == 3
    assert answer["milliseconds"] > 0


def test_search_shows_a_person_a_table(shop: Path) -> None:
    run = aisle("search", shop, CATALOGUE[0].product_id)
    assert run.returncode == 0
    assert CATALOGUE[0].product_id in run.stdout


def test_suggest_completes(shop: Path) -> None:
    word = CATALOGUE[0].brand or CATALOGUE[0].title
    found = done("suggest", shop, word[:4].lower())["suggestions"]
    assert found
    assert {"text", "score", "match"} <= set(found[0])


def test_status_verify_and_rollback(shop: Path, tiny_encoder: Path) -> None:
    first = done("shop", "status", shop)["version"]
    assert done("shop", "build", shop, "--encoder", tiny_encoder)["version"] > first
    assert done("shop", "rollback", shop)["version"] == first
    assert done("shop", "verify", shop) == {"sound": True, "problems": []}


def test_verify_finds_a_changed_byte(shop: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(shop, copy, symlinks=True)
    victim = max((path for path in (copy / "versions").rglob("*.npy")), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(data)
    run = aisle("shop", "verify", copy, "--json")
    assert run.returncode == 1
    assert any(victim.name in problem for problem in json.loads(run.stdout)["problems"])


def test_tokenize_prints_an_object_a_line(tiny_encoder: Path) -> None:
    run = aisle("tokenize", "--encoder", tiny_encoder, given="Whole MILK\n\n" + "milk " * 50 + "\n")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert lines[0]["tokens"] == ["[CLS]", "whole", "milk", "[SEP]"]
    assert lines[0]["normalized"] == "whole milk"
    assert lines[1]["ids"] == [2, 3]
    assert lines[2]["truncated"] == 20
    assert len(lines) == 3


def test_encode_writes_vectors_in_order_and_counts_cuts(tiny_encoder: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt.gz"
    texts.write_bytes(gzip.compress(("milk\nbread and butter\n" + "milk " * 50 + "\n").encode()))
    out = tmp_path / "vectors.npy"
    report = done("encode", "--encoder", tiny_encoder, "--input", texts, "--output", out)
    vectors_ND = np.load(out)
    assert vectors_ND.shape == (3, 32) == (report["texts"], report["dim"])
    assert vectors_ND.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors_ND, axis=1), 1, atol=1e-6)
    assert report["truncated"] == 1
    done("encode", "--encoder", tiny_encoder, "--input", texts, "--output", out, "--no-normalize")
    assert abs(np.linalg.norm(np.load(out), axis=1) - 1).max() > 1e-3


def test_evaluate_sts_and_transfer(tiny_encoder: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    rows = [f"{i % 3}\tmilk {i}\tbread {i // 2}" for i in range(30)]
    pairs.write_text("\n".join(["score\tsentence1\tsentence2", *rows]) + "\n")
    result = done("evaluate", "sts", "--encoder", tiny_encoder, "--data", pairs, "--record", tmp_path / "kept")
    (kept,) = (tmp_path / "kept").glob("*.evaluation.json")
    record = json.loads(kept.read_text())
    assert record["numbers"]["spearman"] == result["spearman"]
    assert len(record["figure"]["x"]) == record["numbers"]["pairs"]
    assert record["command"][:3] == ["aisle", "evaluate", "sts"]
    assert result["pairs"] == 30
    assert -100 <= result["spearman"] <= 100
    labelled = tmp_path / "labelled.tsv"
    labelled.write_text(
        "\n".join(["label\ttext", *(f"{i % 2}\t{'milk' if i % 2 else 'bread'} {i}" for i in range(60))]) + "\n"
    )
    result = done("evaluate", "transfer", "--encoder", tiny_encoder, "--data", labelled)
    assert 0 <= result["accuracy"] <= 100
    assert result["folds"] == 10


def test_evaluate_search_over_a_catalogue(tiny_encoder: Path, tmp_path: Path, catalogue: Path) -> None:
    judgments = tmp_path / "judgments.tsv"
    rows = [f"{p.title}\t{p.product_id}\t3" for p in CATALOGUE[:20]]
    judgments.write_text("\n".join(["query\tproduct_id\trelevance", *rows]) + "\n")
    result = done(
        *("evaluate", "search", "--encoder", tiny_encoder, "--catalogue", catalogue),
        *("--judgments", judgments, "--mode", "lexical"),
    )
    assert result["queries"] == 20
    assert result["recall@20"] > 0.9
    assert {"ndcg@10", "mrr@10", "seconds_per_query"} <= set(result)


def test_wrong_use_is_one_clear_line_and_exit_2(shop: Path, tmp_path: Path) -> None:
    assert "aisle shop create" in refused("search", tmp_path / "nothing", "milk")
    assert "none.csv" in refused("shop", "create", tmp_path / "s", "--catalogue", tmp_path / "none.csv")
    assert "there is no command" in refused("sarch")
    assert "expected a number" in refused("search", shop, "milk", "--filter", "price < cheap")
    assert "mode" in refused("search", shop, "milk", "--mode", "fast")
    assert "k is 0" in refused("search", shop, "milk", "--k", 0)
    assert ".npy" in refused("encode", "--input", "-", "--output", "x.txt", given="a\n")


def test_help_is_there_for_every_command() -> None:
    from aisle.cli.main import COMMANDS

    shown = aisle("--help").stdout
    for path in COMMANDS:
        assert f"aisle {' '.join(path)}" in shown
    assert "--catalogue" in aisle("shop", "create", "--help").stdout


def test_a_reader_that_goes_away_is_no_error(tiny_encoder: Path) -> None:
    command = f"{sys.executable} -m aisle.cli.main tokenize --encoder {tiny_encoder} | head -1"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], input="milk\n" * 20_000, capture_output=True, text=True, check=False
    )
    assert run.stdout.count("\n") == 1
    assert "Traceback" not in run.stderr
