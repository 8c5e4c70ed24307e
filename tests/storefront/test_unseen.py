"""Which judged queries a ranker may learn from, by what an encoder's run says of its training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.storefront.gate import held_out
from aisle.storefront.unseen import seen_by, unseen

JUDGMENTS = {f"Query  {number}": {"p1": 3.0} for number in range(200)}


def run_of(directory: Path, **about: object) -> Path:
    directory.mkdir(exist_ok=True)
    for part in ("config.json", "model.safetensors", "vocab.txt"):
        (directory / part).touch()
    (directory / "run.json").write_text(json.dumps({"about": about}))
    return directory


def test_of_towers_only_queries_count_that_training_left_out(tmp_path: Path) -> None:
    found = unseen(JUDGMENTS, run_of(tmp_path, task="two-tower", every_query=False))
    assert found.seen == "queries but for those left out"
    assert set(found.judgments) == {query for query in JUDGMENTS if held_out(" ".join(query.split()))}
    assert 0 < len(found.judgments) < 50


def test_an_encoder_that_no_pairs_were_trained_into_has_seen_none(tmp_path: Path) -> None:
    found = unseen(JUDGMENTS, run_of(tmp_path, task="siamese"))
    assert (found.seen, found.judgments) == ("no queries", JUDGMENTS)
    (tmp_path / "run.json").unlink()
    assert seen_by(tmp_path) == "no queries"


@pytest.mark.parametrize("about", [{"every_query": True}, {}])
def test_of_towers_that_were_trained_on_every_query_or_do_not_say_nothing_is_known(
    tmp_path: Path, about: dict[str, object]
) -> None:
    found = unseen(JUDGMENTS, run_of(tmp_path, task="two-tower", **about))
    assert (found.seen, found.judgments) == ("perhaps every query", JUDGMENTS)


def test_a_light_tower_has_seen_what_its_full_tower_has(tmp_path: Path) -> None:
    full = run_of(tmp_path / "full", task="two-tower", every_query=False)
    light = run_of(tmp_path / "light", task="light-query", encoder=str(full))
    assert seen_by(light) == "queries but for those left out"
    full.rename(tmp_path / "elsewhere")
    assert seen_by(light) == "perhaps every query"


def test_towers_that_go_on_from_others_have_seen_what_those_had(tmp_path: Path) -> None:
    all_queries = run_of(tmp_path / "first", task="two-tower", every_query=True)
    further = run_of(tmp_path / "further", task="two-tower", every_query=False, encoder=str(all_queries))
    assert seen_by(further) == "perhaps every query"


def test_a_damaged_run_file_is_said_to_be(tmp_path: Path) -> None:
    (run_of(tmp_path) / "run.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        seen_by(tmp_path)


@pytest.mark.parametrize("content", ["[]", '{"about": 3}', '{"settings": {}}'])
def test_a_run_file_of_another_program_says_nothing(tmp_path: Path, content: str) -> None:
    (run_of(tmp_path) / "run.json").write_text(content)
    assert seen_by(tmp_path) == "no queries"
