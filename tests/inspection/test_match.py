"""A match taken apart: the parts add up to the cosine that search uses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.inspection.inspector import Inspector
from aisle.inspection.match import match
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers, TowersConfig
from tests.conftest import write_tiny_encoder

WORDS = st.lists(st.sampled_from(["milk", "oat", "bread", "butter", "apple", "zq"]), min_size=1, max_size=8).map(
    " ".join
)


@given(text=WORDS, pair=WORDS)
@settings(max_examples=8, deadline=None)
def test_parts_add_up_to_the_cosine(inspector: Inspector, text: str, pair: str) -> None:
    found = match(inspector, text, pair)
    u_D, v_D = (inspector.last_hidden_state(part).mean(0) for part in (text, pair))
    cosine = float(u_D @ v_D / np.linalg.norm(u_D) / np.linalg.norm(v_D))
    assert found.contributions_AB.shape == (len(found.a), len(found.b))
    assert abs(found.contributions_AB.sum() - cosine) < 1e-6
    assert found.exact


def test_it_is_the_cosine_that_the_serving_encoder_gives(inspector: Inspector) -> None:
    u_D, v_D = SentenceEncoder.load(inspector.directory).encode(["oat milk", "whole milk"])
    assert abs(match(inspector, "oat milk", "whole milk").cosine - float(u_D @ v_D)) < 0.01


def test_a_prompt_of_the_checkpoint_stands_in_front_as_in_search(tmp_path: Path, inspector: Inspector) -> None:
    directory = tmp_path / "prompted"
    shutil.copytree(inspector.directory, directory)
    (directory / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "the "}, "default_prompt_name": "query"})
    )
    found = match(Inspector.load(directory), "oat milk", "bread")
    u_D, v_D = SentenceEncoder.load(directory).encode(["oat milk", "bread"])
    assert found.a == ["[CLS]", "the", "oat", "milk", "[SEP]"]
    assert found.cosine == pytest.approx(float(u_D @ v_D), abs=0.01)


def test_a_product_goes_through_its_own_tower_where_there_are_two(tmp_path: Path, inspector: Inspector) -> None:
    directory = tmp_path / "towers"
    shutil.copytree(inspector.directory, directory)
    write_tiny_encoder(directory / "product", seed=7)
    TowersConfig(tied=False, dim=32).save(directory)
    found = match(Inspector.load(directory), "oat milk", "whole milk")
    towers = Towers.load(directory)
    u_D, v_D = towers.queries.encode(["oat milk"])[0], towers.products.encode(["whole milk"])[0]
    assert found.two_towers
    assert found.cosine == pytest.approx(float(u_D @ v_D), abs=0.01)
    assert found.cosine != pytest.approx(match(inspector, "oat milk", "whole milk").cosine, abs=0.01)


def test_a_text_matches_itself_and_the_order_does_not_matter(inspector: Inspector) -> None:
    assert match(inspector, "oat milk", "oat milk").cosine == pytest.approx(1)
    one, other = match(inspector, "oat milk", "bread"), match(inspector, "bread", "oat milk")
    np.testing.assert_allclose(one.contributions_AB, other.contributions_AB.T)


def test_what_the_sentence_vector_does_not_read_is_counted(inspector: Inspector) -> None:
    found = match(inspector, "milk " * 50, "bread")
    assert len(found.a) == inspector.max_tokens == 32
    assert (found.a_cut, found.b_cut) == (20, 0)


@pytest.mark.parametrize(("mode", "tokens"), [("max", None), ("cls", 1)])
def test_other_poolings_are_taken_apart_as_well(tmp_path: Path, inspector: Inspector, mode: str, tokens: int) -> None:
    directory = tmp_path / mode
    shutil.copytree(inspector.directory, directory)
    (directory / "modules.json").write_text(
        json.dumps(
            [
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            ]
        )
    )
    (directory / "1_Pooling").mkdir()
    names = {"cls": "pooling_mode_cls_token", "max": "pooling_mode_max_tokens"}
    flags = {name: key == mode for key, name in names.items()} | {"pooling_mode_mean_tokens": False}
    (directory / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **flags}))
    other = Inspector.load(directory)
    found = match(other, "oat milk", "bread and butter")
    u_D, v_D = SentenceEncoder.load(directory).encode(["oat milk", "bread and butter"])
    assert found.pooling == mode
    assert found.contributions_AB.sum() == pytest.approx(float(u_D @ v_D), abs=0.01)
    if tokens:
        assert (found.contributions_AB != 0).sum() == tokens
