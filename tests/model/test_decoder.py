"""The decoder computes what Hugging Face's GPT-2 computes, with and without its cache, and looks only backwards."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.model.causal_attention import causal_mask
from aisle.model.decoder import Decoder
from aisle.model.decoder_config import DecoderConfig
from aisle.model.key_values import Cache
from aisle.objectives.causal_language_model import next_token_loss

CLOSE = 1e-5
SMALL = {"vocab_size": 61, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 24, "eos_token_id": 60}
SHAPES: dict[str, dict[str, Any]] = {
    "GPT-2": {},
    "exact GELU, narrow feed-forward": {"activation_function": "gelu", "n_inner": 48},
    "ReLU, one head": {"activation_function": "relu", "n_head": 1},
}
IDS_BT = torch.tensor([[5, 9, 60, 3, 3, 17, 42], [1, 2, 3, 4, 5, 6, 7]])


def gpt2(directory: Path, **changes: Any) -> transformers.GPT2LMHeadModel:
    torch.manual_seed(3)
    config = transformers.GPT2Config(**(SMALL | {"bos_token_id": 60, "initializer_range": 0.3} | changes))
    model = transformers.GPT2LMHeadModel(config).eval()
    model.save_pretrained(directory)
    return model


@pytest.mark.parametrize("shape", SHAPES)
def test_scores_agree_with_hugging_face(tmp_path: Path, shape: str) -> None:
    theirs = gpt2(tmp_path, **SHAPES[shape])
    with torch.no_grad():
        difference_BTV = Decoder.load(tmp_path)(IDS_BT) - theirs(IDS_BT).logits
    assert difference_BTV.abs().max() <= CLOSE


def test_loss_and_gradients_agree_with_hugging_face(tmp_path: Path) -> None:
    theirs, ours = gpt2(tmp_path), Decoder.load(tmp_path)
    loss, tokens = next_token_loss(ours, IDS_BT)
    expected = theirs(IDS_BT, labels=IDS_BT).loss
    loss.backward()  # type: ignore[no-untyped-call]
    expected.backward()
    assert tokens == 12
    assert abs(loss.item() - expected.item()) <= CLOSE
    wte = theirs.transformer.wte.weight.grad
    assert ours.token.weight.grad is not None
    assert (ours.token.weight.grad - wte).abs().max() <= CLOSE


def test_hugging_face_reads_what_is_saved_and_nothing_is_lost(tmp_path: Path) -> None:
    theirs = gpt2(tmp_path / "theirs")
    Decoder.load(tmp_path / "theirs").save(tmp_path / "ours")
    again, report = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not any(report.values())
    saved, original = again.state_dict(), theirs.state_dict()
    assert saved.keys() == original.keys()
    assert all(torch.equal(saved[name], original[name]) for name in saved)


def test_weights_without_the_prefix_of_the_task_are_read(tmp_path: Path) -> None:
    theirs = gpt2(tmp_path)
    theirs.transformer.save_pretrained(tmp_path)
    with torch.no_grad():
        assert (Decoder.load(tmp_path)(IDS_BT) - theirs(IDS_BT).logits).abs().max() <= CLOSE


@given(cuts=st.sets(st.integers(1, 6)))
@settings(max_examples=12, deadline=None)
def test_reading_in_parts_with_the_cache_gives_the_scores_of_reading_at_once(cuts: set[int]) -> None:
    decoder = fresh()
    cache = Cache(2)
    ends = [*sorted(cuts), 7]
    with torch.no_grad():
        parts = [decoder(IDS_BT[:, first:end], cache) for first, end in zip([0, *ends], ends, strict=False)]
        whole_BTV = decoder(IDS_BT)
    assert cache.length == 7
    torch.testing.assert_close(torch.cat(parts, dim=1), whole_BTV, rtol=0, atol=CLOSE)


@given(place=st.integers(0, 6), token=st.integers(0, 60))
@settings(max_examples=12, deadline=None)
def test_no_token_sees_what_comes_after_it(place: int, token: int) -> None:
    decoder = fresh()
    changed_BT = IDS_BT.clone()
    changed_BT[:, place] = token
    with torch.no_grad():
        before, after = decoder(IDS_BT)[:, :place], decoder(changed_BT)[:, :place]
    assert torch.equal(before, after)


def test_the_mask_of_two_new_tokens_behind_one_old() -> None:
    assert causal_mask(2, 1, torch.device("cpu")).tolist() == [[True, True, False], [True, True, True]]


@cache
def fresh() -> Decoder:
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=61, hidden_size=16, num_layers=2, num_heads=2, feed_forward_size=32, max_positions=8, end_id=0
    )
    return Decoder(config).eval()


def test_more_tokens_than_positions_are_refused_those_in_the_cache_among_them() -> None:
    decoder, cache = fresh(), Cache(2)
    decoder(IDS_BT, cache)
    with pytest.raises(UserError, match="9 tokens, and the decoder has positions for 8"):
        decoder(IDS_BT[:, :2], cache)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "bert"}, "'bert' are no decoders"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx is True"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings is False"),
        ({"n_head": 5}, "cannot be split over num_heads 5"),
        ({"eos_token_id": 61}, "end token's id 61"),
        ({"activation_function": "swish"}, "hidden_act 'swish'"),
        ({"n_embd": 64}, "config and weights do not belong together"),
        ({"n_layer": 4}, "lack layers.3"),
    ],
)
def test_what_is_not_computed_here_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    gpt2(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=message):
        Decoder.load(tmp_path)


def test_a_config_without_a_key_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="'n_embd' is missing"):
        DecoderConfig.from_hf({"model_type": "gpt2", "vocab_size": 5})


def test_a_directory_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no config"):
        Decoder.load(tmp_path)


def test_fresh_weights_that_are_added_to_the_stream_are_smaller() -> None:
    torch.manual_seed(0)
    decoder = Decoder(DecoderConfig(vocab_size=50, hidden_size=64, num_layers=8, num_heads=2, end_id=0))
    layer = decoder.layers[0]
    assert layer.attention.query.weight.std().item() == pytest.approx(0.02, rel=0.1)  # type: ignore[union-attr]
    assert layer.attention.output.weight.std().item() == pytest.approx(0.005, rel=0.1)  # type: ignore[union-attr]
