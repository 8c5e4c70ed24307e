"""The served ranker: the same answers as walking the trees by hand, explained to the last bit, kept in one file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.ranking.features import NAMES
from aisle.ranking.model import Ranker


def ranker(*, trees: int = 7, levels: int = 3, seed: int = 0) -> Ranker:
    draw = np.random.default_rng(seed)
    leaves_TP = draw.normal(size=(trees, 2**levels)).astype(np.float32)
    means_TN = draw.normal(size=(trees, 2**levels - 1)).astype(np.float32)
    return Ranker(
        slope=float(draw.random()) * 10,
        middle=0.4,
        features_TL=draw.integers(0, len(NAMES), (trees, levels)).astype(np.int32),
        thresholds_TL=draw.random((trees, levels)).astype(np.float32),
        leaves_TP=leaves_TP,
        means_TN=means_TN,
        encoder="abc",
        about={"queries": 3},
    )


def by_hand(model: Ranker, features_F: NDArray[np.float32]) -> float:
    total = model.slope * (float(features_F[NAMES.index("blended")]) - model.middle)
    for tree in range(len(model.leaves_TP)):
        leaf = 0
        for feature, threshold in zip(model.features_TL[tree], model.thresholds_TL[tree], strict=True):
            leaf = 2 * leaf + int(features_F[feature] > threshold)
        total += float(model.leaves_TP[tree, leaf])
    return total


@given(seed=st.integers(0, 1000), levels=st.integers(1, 5), trees=st.integers(1, 12))
def test_scores_are_those_of_walking_the_trees(seed: int, levels: int, trees: int) -> None:
    model = ranker(trees=trees, levels=levels, seed=seed)
    features_CF = np.random.default_rng(seed + 1).random((5, len(NAMES)), np.float32)
    assert model.scores(features_CF) == pytest.approx([by_hand(model, row) for row in features_CF], abs=1e-5)


@given(seed=st.integers(0, 1000), levels=st.integers(1, 4))
def test_contributions_add_up_to_the_score(seed: int, levels: int) -> None:
    model = ranker(levels=levels, seed=seed)
    features_CF = np.random.default_rng(seed + 1).random((3, len(NAMES)), np.float32)
    for row, score in zip(features_CF, model.scores(features_CF), strict=True):
        assert sum(model.contributions(row).values()) == pytest.approx(float(score), abs=1e-4)


def test_importance_is_the_mean_size_of_contributions() -> None:
    model = ranker(trees=6)
    features_CF = np.random.default_rng(2).random((40, len(NAMES)), np.float32)
    moved = [model.contributions(row) for row in features_CF]
    sizes = {name: float(np.mean([abs(one.get(name, 0.0)) for one in moved])) for one in moved for name in one if name}
    whole = sum(sizes.values())
    found = model.importance(features_CF)
    assert found == pytest.approx({name: size / whole for name, size in sizes.items()}, abs=1e-5)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_a_products_score_does_not_depend_on_its_neighbours() -> None:
    model = ranker()
    features_CF = np.random.default_rng(5).random((50, len(NAMES)), np.float32)
    together = model.scores(features_CF)
    assert [float(model.scores(row[None])[0]) for row in features_CF] == together.tolist()


def test_a_saved_ranker_is_read_back_unchanged(tmp_path: Path) -> None:
    model = ranker()
    model.save(tmp_path / "ranker.json")
    for again in (Ranker.open(tmp_path / "ranker.json"), Ranker.open(tmp_path)):
        for name in ("features_TL", "thresholds_TL", "leaves_TP", "means_TN"):
            assert np.array_equal(getattr(model, name), getattr(again, name))
        assert (again.encoder, again.about) == ("abc", {"queries": 3})
        assert (again.slope, again.middle) == (model.slope, model.middle)


def test_a_ranker_of_trees_alone_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "ranker.json"
    model = ranker()
    model.save(path)
    content = json.loads(path.read_text()) | {"format": "aisle ranker 1"}
    path.write_text(json.dumps({name: value for name, value in content.items() if name not in ("slope", "middle")}))
    features_CF = np.random.default_rng(5).random((9, len(NAMES)), np.float32)
    assert Ranker.open(path).scores(features_CF) == pytest.approx(
        replace(model, slope=0.0).scores(features_CF), abs=1e-6
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "aisle ranker 99"}, "no ranker of this aisle"),
        ({"features": ["colour"] * 9}, "learned on colour"),
        ({"leaves": [[1.0]]}, "do not fit"),
        ({"thresholds": "many"}, "do not fit"),
        ({"slope": "steep"}, "do not fit"),
    ],
)
def test_a_file_that_is_no_ranker_is_refused(tmp_path: Path, change: dict[str, object], says: str) -> None:
    path = tmp_path / "ranker.json"
    ranker().save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=says):
        Ranker.open(path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": "aisle ranker 1"}'])
def test_a_broken_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ranker.json"
    path.write_text(content)
    with pytest.raises(UserError):
        Ranker.open(path)


def test_a_missing_ranker_says_how_to_learn_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="aisle train ranker"):
        Ranker.open(tmp_path / "none.json")
