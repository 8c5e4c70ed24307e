"""Two towers in one directory: which encoder reads what, and what tells one pair of towers from another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import DamagedError, UserError
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers, TowersConfig
from tests.conftest import write_tiny_encoder

TEXTS = ["oat milk", "whole bread"]


def towers(folder: Path, *, query: int = 1, product: int | None = 2, template: str = "plain") -> Path:
    """A directory of two towers with the weights of these seeds; tied where `product` is None."""
    write_tiny_encoder(folder, seed=query)
    if product is not None:
        write_tiny_encoder(folder / "product", seed=product)
    TowersConfig(template=template, tied=product is None, dim=32).save(folder)  # type: ignore[arg-type]
    return folder


def test_a_plain_checkpoint_is_both_towers_and_keeps_its_fingerprint(tiny_encoder: Path) -> None:
    loaded = Towers.load(tiny_encoder)
    assert loaded.queries is loaded.products
    assert loaded.template == "plain"
    assert loaded.fingerprint == SentenceEncoder.load(tiny_encoder).fingerprint


def test_queries_and_products_are_read_by_their_own_tower(tmp_path: Path) -> None:
    directory = towers(tmp_path / "two", query=1, product=2, template="labels")
    loaded = Towers.load(directory)
    alone = SentenceEncoder.load(write_tiny_encoder(tmp_path / "alone", seed=2))
    np.testing.assert_allclose(loaded.products.encode(TEXTS), alone.encode(TEXTS), atol=1e-6)
    # Who knows nothing of towers reads queries.
    np.testing.assert_array_equal(loaded.queries.encode(TEXTS), SentenceEncoder.load(directory).encode(TEXTS))
    assert loaded.template == "labels"


def test_the_fingerprint_covers_both_towers_and_the_template(tmp_path: Path) -> None:
    made = [
        towers(tmp_path / "a", query=1, product=2),
        towers(tmp_path / "b", query=1, product=3),
        towers(tmp_path / "c", query=3, product=2),
        towers(tmp_path / "d", query=1, product=2, template="labels"),
        towers(tmp_path / "e", query=1, product=None),
        towers(tmp_path / "f", query=1, product=None, template="labels"),
    ]
    assert len({Towers.load(directory).fingerprint for directory in made}) == len(made)
    shutil.copytree(made[0], tmp_path / "copy")
    assert Towers.load(tmp_path / "copy").fingerprint == Towers.load(made[0]).fingerprint


def test_a_copy_has_everything(tmp_path: Path) -> None:
    original = Towers.load(towers(tmp_path / "two", template="markers"))
    original.copy_files(tmp_path / "copy")
    copy = Towers.load(tmp_path / "copy")
    assert copy.fingerprint == original.fingerprint
    np.testing.assert_array_equal(copy.products.encode(TEXTS), original.products.encode(TEXTS))


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    directory = towers(tmp_path / "two")
    shutil.rmtree(directory / "product")
    with pytest.raises(DamagedError, match="product/ is missing"):
        Towers.load(directory)
    (directory / "towers.json").write_text(json.dumps({"format": 7}))
    with pytest.raises(DamagedError, match="has format 7"):
        Towers.load(directory)
    (directory / "towers.json").write_text(json.dumps({"format": 1, "template": "xml", "tied": True, "dim": 32}))
    with pytest.raises(DamagedError, match="must name a template"):
        Towers.load(directory)
    with pytest.raises(UserError, match="does not exist"):
        Towers.load(tmp_path / "nowhere")


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["plain", "labels", "x"])
    | st.just([])
    | st.just({})
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    values=st.dictionaries(st.sampled_from(["format", "template", "tied", "dim"]), leaves) | leaves,
    whole=st.booleans(),
)
def test_whatever_towers_json_says_it_is_understood_or_refused(tmp_path: Path, values: Any, whole: bool) -> None:
    if whole and isinstance(values, dict):
        values = {"format": 1, "template": "plain", "tied": True, "dim": 2} | values
    (tmp_path / "towers.json").write_text(json.dumps(values))
    try:
        config = TowersConfig.load(tmp_path)
    except (DamagedError, UserError):
        return
    assert (config.template, config.tied, config.dim) == (values["template"], values["tied"], values["dim"])
