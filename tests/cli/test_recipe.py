from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from aisle.cli.main import _parse
from aisle.cli.recipe import with_recipe
from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Bake:
    """Bake."""

    recipe: Path | None = None
    batch_size: int = 1
    dims: tuple[int, ...] = ()
    normalize: bool = False


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text("batch_size = 8\ndims = [4, 8]\nnormalize = true\n")
    return path


def test_settings_of_the_file_become_flags_and_flags_by_hand_win(recipe: Path) -> None:
    flags = with_recipe(Bake, ["--recipe", str(recipe)])
    assert flags == ["--batch-size", "8", "--dims", "4", "8", "--normalize", "--recipe", str(recipe)]
    by_hand = with_recipe(Bake, [f"--recipe={recipe}", "--no-normalize", "--batch_size", "2"])
    assert by_hand == ["--dims", "4", "8", f"--recipe={recipe}", "--no-normalize", "--batch_size", "2"]
    assert with_recipe(Bake, ["--batch-size", "2"]) == ["--batch-size", "2"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "batch_sizes = 8", "there is no setting 'batch_sizes'; the settings are batch_size, dims"),
        ("a.toml", "recipe = 'b.toml'", "there is no setting 'recipe'"),
        ("a.toml", "batch_size 8", "not sound TOML"),
        ("a.json", "[8]", "this is a list"),
        ("a.json", '{"batch_size": null}', "batch_size is None; a setting is a number"),
        ("a.yaml", "batch_size: 8", r"a .toml or .json file"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError) as caught:
        with_recipe(Bake, ["--recipe", str(tmp_path / name)])
    assert message in str(caught.value)
    with pytest.raises(UserError, match="the recipe cannot be read"):
        with_recipe(Bake, ["--recipe", str(tmp_path / "none.toml")])


def test_a_recipe_of_a_real_command(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({"data": ["a.tsv", "b.tsv"], "learning_rate": 0.001, "dense": [], "calibrate": False}))
    command = _parse(("train", "classifier"), ["--recipe", str(path), "--output", "run", "--learning-rate", "0.01"])
    assert command.data == (Path("a.tsv"), Path("b.tsv"))
    assert (command.learning_rate, command.dense, command.calibrate) == (0.01, (), False)
