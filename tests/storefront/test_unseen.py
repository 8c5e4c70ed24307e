"""Which judged queries a ranker may learn from, by what an encoder's run says of its training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.storefront.gate import held_out
from aisle.storefront.unseen import unseen

JUDGMENTS = {f"Query  {number}": {"p1": 3.0} for number in range(200)}


def run_of(directory: Path, **about: object) -> Path:
    (directory / "run.json").write_text(json.dumps({"about": about}))
    return directory


@pytest.mark.parametrize("task", ["two-tower", "light-query"])
def test_of_towers_only_queries_count_that_training_left_out(tmp_path: Path, task: str) -> None:
    found = unseen(JUDGMENTS, run_of(tmp_path, task=task))
    assert found.known == "left out"
    assert set(found.judgments) == {query for query in JUDGMENTS if held_out(" ".join(query.split()))}
    assert 0 < len(found.judgments) < 50


def test_an_encoder_that_no_pairs_were_trained_into_has_seen_none(tmp_path: Path) -> None:
    for place in (tmp_path, run_of(tmp_path, task="siamese")):
        found = unseen(JUDGMENTS, place)
        assert (found.known, found.judgments) == ("untrained", JUDGMENTS)


def test_of_towers_that_were_trained_on_every_query_nothing_is_known(tmp_path: Path) -> None:
    found = unseen(JUDGMENTS, run_of(tmp_path, task="two-tower", every_query=True))
    assert (found.known, found.judgments) == ("nothing", JUDGMENTS)


@pytest.mark.parametrize("content", ["", "[]", '{"about": 3}', '{"settings": {}}'])
def test_a_run_file_of_something_else_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    assert unseen(JUDGMENTS, tmp_path).known == "untrained"
