"""The walk goes through the forward pass that encodes, and keeps what is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.inspection.inspector import Inspector, trace
from aisle.model.recorder import forward_names
from aisle.sentence.encoder import SentenceEncoder

TEXT = "Whole milk and oat bread"
LETTERS = {"D": 32, "H": 4, "K": 8, "F": 64}


@pytest.mark.parametrize("pair", ["", "butter"])
def test_a_traced_run_gives_what_an_untraced_one_gives(inspector: Inspector, pair: str) -> None:
    traced_TD = inspector.trace(TEXT, pair)["layer.1.feed_forward.normalized"]
    np.testing.assert_allclose(traced_TD, inspector.last_hidden_state(TEXT, pair), rtol=0, atol=1e-6)


def test_every_name_and_shape_is_as_documented(inspector: Inspector) -> None:
    found = inspector.trace(TEXT)
    pooled = ["pooled.mean", "pooled.max", "pooled.cls"]
    assert list(found.names) == [*forward_names(inspector.encoder.config), *pooled] == list(found.steps)
    letters = LETTERS | {"T": len(inspector.tokens(TEXT).ids)}
    for name, step in found.steps.items():
        assert found[name].shape == step.shape == tuple(letters[letter] for letter in step.letters), name
        assert found[name].dtype == np.float32
        assert step.meaning


def test_the_trace_is_what_the_sentence_encoder_makes_its_vector_of(inspector: Inspector) -> None:
    vector_D = inspector.trace(TEXT)["pooled.mean"]
    encoder = SentenceEncoder.load(inspector.directory)
    encoded_D = encoder.encode([TEXT])[0]
    assert vector_D @ encoded_D / np.linalg.norm(vector_D) > 0.999


def test_only_what_is_asked_for_is_kept_and_the_shapes_of_all(inspector: Inspector) -> None:
    found = inspector.trace(TEXT, steps=("layer.1.attention.weights", "pooled.m*"))
    assert found.names == ("layer.1.attention.weights", "pooled.mean", "pooled.max")
    T = len(inspector.tokens(TEXT).ids)
    assert found.bytes == 4 * (4 * T * T + 32 + 32)
    assert "layer.0.attention.query" in found.steps
    assert "layer.0.attention.query" not in found
    with pytest.raises(UserError, match="computed but not kept"):
        found["layer.0.attention.query"]


def test_a_wrong_name_is_told_with_those_that_are_near(inspector: Inspector) -> None:
    found = inspector.trace(TEXT, steps=())
    with pytest.raises(UserError, match=r"did you mean embeddings\.sum"):
        found["embeddings.summ"]
    with pytest.raises(UserError, match=r"no intermediate 'layer.7.\*'.*layers 0 to 1"):
        inspector.trace(TEXT, steps=("layer.7.*",))
    with pytest.raises(UserError, match="nothing"):
        inspector.trace(TEXT, steps=("*", "nothing"))


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_is_refused(inspector: Inspector, text: str) -> None:
    with pytest.raises(UserError, match="no text"):
        inspector.trace(text)


def test_ten_thousand_words_are_cut_and_counted(inspector: Inspector) -> None:
    read = inspector.tokens("milk " * 10_000)
    assert len(read.ids) == 64
    assert read.cut == 10_000 - 62
    assert inspector.last_hidden_state("milk " * 10_000).shape == (64, 32)


def test_half_of_a_character_is_refused(inspector: Inspector) -> None:
    with pytest.raises(UserError, match="half of a character"):
        inspector.trace("milk \ud800")


def test_a_checkpoint_that_is_no_encoder_says_so(tmp_path: Path, inspector: Inspector) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((inspector.directory / name).read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "n_layer": 2}))
    with pytest.raises(UserError, match="gpt2"):
        Inspector.load(tmp_path)


def test_tables_are_the_encoders_own_parameters(inspector: Inspector) -> None:
    weight_PD = inspector.encoder.embeddings.position.weight.detach().numpy()
    np.testing.assert_array_equal(inspector.table("position"), weight_PD)
    assert inspector.table("layers.1.feed_forward.hidden.weight").shape == (64, 32)
    assert inspector.table("sinusoidal").shape == (64, 32)
    with pytest.raises(UserError, match=r"did you mean layers\.0\.attention\.query\.weight"):
        inspector.table("layers.0.attention.query.weigh")


def test_one_call_gives_a_trace(tiny_encoder: Path, inspector: Inspector) -> None:
    name = "layer.0.attention.scores"
    np.testing.assert_array_equal(trace(tiny_encoder, TEXT, steps=(name,))[name], inspector.trace(TEXT)[name])
