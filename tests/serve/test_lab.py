"""The lab over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx

from aisle.serve.settings import ServeSettings

from .test_runs import make_evaluation, make_run

Start = Callable[..., AbstractContextManager[httpx.Client]]


def test_runs_and_evaluations_are_listed_and_read(own_server: Start, tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "one")
    make_evaluation(tmp_path / "runs")
    with own_server(ServeSettings(runs=(str(tmp_path / "runs"),))) as client:
        listing = client.get("/api/lab").json()
        run = client.get(f"/api/lab/runs/{listing['runs'][0]['key']}")
        evaluation = client.get(f"/api/lab/evaluations/{listing['evaluations'][0]['key']}")
        assert client.get("/lab").headers["content-type"].startswith("text/html")
    assert run.json()["command"] == ["aisle", "train", "siamese"]
    assert evaluation.json()["numbers"]["spearman"] == 82.0
    assert run.headers["cache-control"] == "no-store"


def test_the_shops_own_runs_are_shown_and_new_ones_appear(own_server: Start, tmp_path: Path) -> None:
    with own_server(ServeSettings(runs=())) as client:
        assert client.get("/api/lab").json()["runs"] == []
        make_run(tmp_path / "own" / "runs" / "towers")
        assert [run["name"] for run in client.get("/api/lab").json()["runs"]] == ["towers"]


def test_what_is_not_there_is_a_problem_document(client: httpx.Client) -> None:
    for path in ("/api/lab/runs/nothing", "/api/lab/evaluations/nothing"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/lab?x=1").status_code == 422


def test_the_lab_can_be_switched_off(own_server: Start) -> None:
    with own_server(ServeSettings(lab=False)) as client:
        assert client.get("/lab").status_code == 404
        assert client.get("/api/lab").status_code == 404
