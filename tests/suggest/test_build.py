from __future__ import annotations

from pathlib import Path

import pytest

from aisle.errors import DamagedError, UserError
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.layout import CONTENTS

CANDIDATES = [
    Candidate(text="oat milk", popularity=9.0, source="events", stores=("north",)),
    Candidate(text="milk", popularity=5.0, source="catalogue", store_popularity=(("north", 2.0),)),
]


def test_the_same_candidates_in_any_order_give_the_same_files(tmp_path: Path) -> None:
    written = []
    for number, candidates in enumerate((CANDIDATES, CANDIDATES[::-1], iter(CANDIDATES))):
        directory = tmp_path / str(number)
        directory.mkdir()
        build_suggestions(directory, candidates)
        written.append({path.name: path.read_bytes() for path in directory.iterdir()})
    assert written[0] == written[1] == written[2]
    assert all(name.startswith("suggest.") for name in written[0])


def test_an_opened_index_survives_a_build_in_its_place(tmp_path: Path) -> None:
    build_suggestions(tmp_path, CANDIDATES)
    before = SuggestIndex.open(tmp_path)
    build_suggestions(tmp_path, [Candidate(text="tea", popularity=1.0, source="events")])
    assert [one.text for one in before.suggest("milk")] == ["milk", "oat milk"]
    assert [one.text for one in SuggestIndex.open(tmp_path).suggest("")] == ["tea"]


@pytest.mark.parametrize("popularity", [-1.0, float("nan"), float("inf")])
def test_a_popularity_must_be_a_number_from_zero(tmp_path: Path, popularity: float) -> None:
    with pytest.raises(UserError, match="'milk' has popularity"):
        build_suggestions(tmp_path, [Candidate(text="milk", popularity=popularity, source="events")])


def test_a_text_over_the_limit_is_refused_and_not_cut(tmp_path: Path) -> None:
    build_suggestions(tmp_path, [Candidate(text="m" * 200, popularity=1.0, source="events")])
    with pytest.raises(UserError, match="has 201 characters; at most 200"):
        build_suggestions(tmp_path, [Candidate(text="m" * 201, popularity=1.0, source="events")])


@pytest.mark.parametrize(
    "name",
    ["texts", "keys", "text-ends", "key-ends", "starts", "ranks", "order", "scores", "json"],
)
def test_missing_and_shortened_files_are_reported_as_damage(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"suggest.{name}"
    build_suggestions(tmp_path, CANDIDATES)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DamagedError, match=f"suggest.{name}.*build the shop again"):
        SuggestIndex.open(tmp_path)
    path.unlink()
    with pytest.raises(DamagedError, match=f"suggest.{name}.*build the shop again"):
        SuggestIndex.open(tmp_path)


@pytest.mark.parametrize("contents", ["[]", "{}", "null", '{"format": 99}', '{"format": 1, "candidates": 3}'])
def test_a_table_of_contents_of_another_kind_is_damage(tmp_path: Path, contents: str) -> None:
    build_suggestions(tmp_path, CANDIDATES)
    (tmp_path / CONTENTS).write_text(contents, encoding="utf-8")
    with pytest.raises(DamagedError, match="build the shop again"):
        SuggestIndex.open(tmp_path)


def test_a_directory_that_cannot_be_written_to_is_the_users_matter(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        build_suggestions(tmp_path / "missing", CANDIDATES)
