"""`aisle inspect` as a user runs it."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from aisle.cli.main import main
from aisle.inspection.inspector import Inspector

from .test_commands import done

TEXT = "Organic oat MILKY café"


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def aisle(*words: object) -> Run:
    """Run in this process, where torch is loaded already; two tests below have a process of their own."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as error:
        status = main([str(word) for word in words])
    return Run(status, out.getvalue(), error.getvalue())


def refused(*words: object) -> str:
    run = aisle(*words)
    assert run.returncode == 2, run.stdout + run.stderr
    return run.stderr


@pytest.fixture(scope="module")
def inspector(tiny_encoder: Path) -> Inspector:
    return Inspector.load(tiny_encoder)


def test_json_has_tokens_and_every_step_with_shape_and_values(tiny_encoder: Path, inspector: Inspector) -> None:
    told = done("inspect", TEXT, "--pair", "oat milk", "--encoder", tiny_encoder)
    trace = inspector.trace(TEXT, "oat milk")
    assert told["tokens"] == inspector.tokens(TEXT, "oat milk").tokens
    assert list(told["steps"]) == list(trace.steps)
    for name, step in told["steps"].items():
        values = np.float32(step["values"])
        assert values.shape == tuple(step["shape"]), name
        np.testing.assert_array_equal(values, trace[name])
    assert told["match"]["cosine"] == pytest.approx(sum(told["match"]["a_share"]))
    assert told["encoder"]["parity"]["difference"] < 1e-4
    assert len(told["heads"]) == 2


def test_steps_narrow_what_comes_with_numbers(tiny_encoder: Path) -> None:
    run = aisle("inspect", TEXT, "--encoder", tiny_encoder, "--json", "--steps", "pooled.mean", "layer.1.attention.s*")
    told = json.loads(run.stdout)
    assert [name for name, step in told["steps"].items() if "values" in step] == [
        "layer.1.attention.scores",
        "pooled.mean",
    ]
    assert len(told["steps"]) > 30


def test_a_person_reads_the_walk_from_string_to_vector(tiny_encoder: Path, inspector: Inspector) -> None:
    run = aisle("inspect", TEXT, "--pair", "oat milk", "--encoder", tiny_encoder, "--layer", 1, "--head", 2)
    assert run.returncode == 0, run.stderr
    shown = " ".join(run.stdout.split())
    assert "2 layers × 4 heads, 32 wide" in shown
    assert "differs from Hugging Face by at most" in shown
    assert "'é' → 'e'" in shown
    assert "milky → milk ##y (3 looks into the vocabulary)" in shown
    assert "Layer 1, head 2" in shown
    trace = inspector.trace(TEXT, "oat milk")
    assert f"{trace['embeddings.sum'][1, 0]:.4f}" in shown
    assert f"{trace['pooled.mean'][0]:.4f}" in shown
    assert re.search(r"cosine \d\.\d{4}, pooling mean", shown)


def test_a_person_reads_single_steps(tiny_encoder: Path) -> None:
    run = aisle("inspect", TEXT, "--encoder", tiny_encoder, "--steps", "embeddings.position")
    assert "embeddings.position" in run.stdout
    assert "the vector of each position" in " ".join(run.stdout.split())
    assert "pooled" not in run.stdout


def test_a_file_is_written_that_holds_the_page(tiny_encoder: Path, tmp_path: Path) -> None:
    file = tmp_path / "walk.html"
    run = aisle("inspect", TEXT, "--encoder", tiny_encoder, "--html", file)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    text = file.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert not re.search(r"""(src|href)=["'](https?:|/)""", text.replace('href="/walk"', ""))
    assert 'data-name="layer.1.attention.weights" data-shape="4,' in text


def test_wrong_use_is_told_in_one_line(tiny_encoder: Path, tmp_path: Path) -> None:
    def complaint(*words: object) -> str:
        return refused("inspect", *words, "--encoder", tiny_encoder)

    assert "give at least one word" in complaint("")
    assert "layers 0 to 1" in complaint(TEXT, "--layer", 2)
    assert "heads 0 to 3" in complaint(TEXT, "--head", -1)
    assert "did you mean pooled.mean" in complaint(TEXT, "--steps", "pooled.men")
    assert "choose one" in complaint(TEXT, "--json", "--html", tmp_path / "x.html")
    assert "does not exist" in refused("inspect", TEXT, "--encoder", tmp_path / "nothing")


def test_a_checkpoint_that_is_no_encoder_is_told(tiny_encoder: Path, tmp_path: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((tiny_encoder / name).read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    assert "t5" in refused("inspect", TEXT, "--encoder", tmp_path)


def test_ten_thousand_words_are_cut_and_it_is_told(tiny_encoder: Path) -> None:
    run = aisle("inspect", "milk " * 10_000, "--encoder", tiny_encoder)
    assert run.returncode == 0, run.stderr
    assert "cut: 9938 tokens did not fit" in run.stdout


def test_the_page_is_served_alone_until_it_is_stopped(tiny_encoder: Path) -> None:
    command = [sys.executable, "-m", "aisle.cli.main", "inspect", "oat milk", "--encoder", str(tiny_encoder)]
    server = subprocess.Popen([*command, "--serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr
        line = next(line for line in server.stderr if "http://" in line)
        base = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert base
        assert "/walk#text=oat+milk" in line
        with httpx.Client(base_url=base[0], timeout=30) as client:
            assert "The walk" in client.get("/walk").text
            assert client.get("/", follow_redirects=True).url.path == "/walk"
            assert client.get("/api/inspect", params={"text": "oat milk"}).json()["tokens"][1] == "oat"
            assert client.get("/api/search?q=milk").status_code == 404
            assert "default-src 'none'" in client.get("/walk").headers["content-security-policy"]
    finally:
        os.kill(server.pid, signal.SIGINT)
        server.wait(20)
        assert server.stderr
        server.stderr.close()
    assert server.returncode == 0
