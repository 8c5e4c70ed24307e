"""What the README shows runs: every command, in its order, and the Python, over files like a user's."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.progress import silent
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.shopper import SIMULATION_END, simulate_sessions
from aisle.storefront.simulation import write_events

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the files that the README names."""
    path = tmp_path_factory.mktemp("readme")
    products = sample_catalogue(products=60, seed=2)
    lines = [f"{p.product_id}\t{p.title}\t{p.brand}\t{p.price}\t{p.in_stock}" for p in products]
    table = "\n".join(["product_id\ttitle\tbrand\tprice\tin_stock", *lines]) + "\n"
    (path / "products.tsv").write_text(table)
    (path / "products.csv").write_text(table.replace(",", " ").replace("\t", ","))
    write_events(
        simulate_sessions(products, sessions=60, seed=2, end=SIMULATION_END), str(path / "searches.jsonl"), silent
    )
    judged = [f"{p.title}\t{p.product_id}\t3" for p in products[:10]]
    (path / "judgments.tsv").write_text("\n".join(["query\tproduct_id\trelevance", *judged]) + "\n")
    pairs = [f"{n % 5}\t{products[n].title}\t{products[n + 1].title}" for n in range(20)]
    (path / "stsb-test.tsv").write_text("\n".join(["score\tsentence1\tsentence2", *pairs]) + "\n")
    labelled = [f"{int('organic' in p.title.lower())}\t{p.title}" for p in products]
    for name in ("sst2-train.tsv", "sst2-test.tsv"):
        (path / name).write_text("\n".join(["label\ttext", *labelled]) + "\n")
    (path / "lines.txt.gz").write_bytes(gzip.compress(b"milk\nbread\n"))
    return path


# A server does not end, and training on real encoders takes minutes: both are run by tests of their own on small ones,
# and tests/test_docs.py sees to it that the flags are there.
ELSEWHERE = ("serve", "train", "pretrain", "classify", "ask")


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.startswith("aisle ")]


def test_the_commands_run_in_their_order(folder: Path) -> None:
    shown = commands()
    assert len(shown) >= 10
    for line in shown:
        words = shlex.split(line)[1:]
        if words[0] in ELSEWHERE:
            continue
        if words[:2] == ["shop", "rollback"]:
            # There is a version to go back to only after a second build.
            run(folder, ["shop", "build", "shop"])
        run(folder, words)


def run(folder: Path, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aisle.cli.main", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"aisle {' '.join(words)}: {done.stderr}"


def test_the_python_runs(folder: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, "README.md", "exec"), {})
    finally:
        os.chdir(before)
