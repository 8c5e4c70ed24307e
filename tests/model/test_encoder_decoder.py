"""The encoder–decoder computes what Hugging Face's BART computes, with and without its cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from aisle.errors import UserError
from aisle.model.encoder_decoder import EncoderDecoder
from aisle.model.encoder_decoder_config import EncoderDecoderConfig
from aisle.model.key_values import Cache
from aisle.objectives.causal_language_model import target_loss

CLOSE = 1e-5
SMALL: dict[str, Any] = {
    "vocab_size": 53,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 16,
    "init_std": 0.2,
}
SOURCE_BS = torch.tensor([[0, 9, 10, 11, 2], [0, 7, 2, 1, 1]])
MASK_BS = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
TARGET_BT = torch.tensor([[2, 20, 21, 22], [2, 30, 31, 32]])


def bart(directory: Path, **changes: Any) -> transformers.BartForConditionalGeneration:
    torch.manual_seed(5)
    model = transformers.BartForConditionalGeneration(transformers.BartConfig(**(SMALL | changes))).eval()
    model.save_pretrained(directory)
    return model


@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_scores_agree_with_hugging_face_padding_of_the_source_included(tmp_path: Path, activation: str) -> None:
    theirs = bart(tmp_path, activation_function=activation)
    with torch.no_grad():
        ours_BTV = EncoderDecoder.load(tmp_path)(SOURCE_BS, TARGET_BT, MASK_BS)
        theirs_BTV = theirs(SOURCE_BS, attention_mask=MASK_BS, decoder_input_ids=TARGET_BT).logits
    assert (ours_BTV - theirs_BTV).abs().max() <= CLOSE


def test_hugging_face_reads_what_is_saved(tmp_path: Path) -> None:
    theirs = bart(tmp_path / "theirs")
    EncoderDecoder.load(tmp_path / "theirs").save(tmp_path / "ours")
    again, report = transformers.BartForConditionalGeneration.from_pretrained(
        tmp_path / "ours", output_loading_info=True
    )
    assert not any(report.values())
    with torch.no_grad():
        difference = again(SOURCE_BS, decoder_input_ids=TARGET_BT).logits
        difference -= theirs(SOURCE_BS, decoder_input_ids=TARGET_BT).logits
    assert not difference.any()


def test_one_token_at_a_time_with_the_cache_gives_the_scores_of_all_at_once(tmp_path: Path) -> None:
    bart(tmp_path)
    model = EncoderDecoder.load(tmp_path)
    cache = Cache(3)
    with torch.no_grad():
        memory_BSD = model.encode(SOURCE_BS, MASK_BS)
        steps = [model.decode(TARGET_BT[:, t : t + 1], memory_BSD, MASK_BS, cache) for t in range(4)]
        whole_BTV = model(SOURCE_BS, TARGET_BT, MASK_BS)
    torch.testing.assert_close(torch.cat(steps, dim=1), whole_BTV, rtol=0, atol=CLOSE)


def test_what_stands_in_the_padding_of_the_source_changes_nothing(tmp_path: Path) -> None:
    bart(tmp_path)
    model, other_BS = EncoderDecoder.load(tmp_path), SOURCE_BS.clone()
    other_BS[1, 3:] = 40
    with torch.no_grad():
        assert torch.equal(model(SOURCE_BS, TARGET_BT, MASK_BS)[1], model(other_BS, TARGET_BT, MASK_BS)[1])


def test_the_loss_is_that_of_the_target_up_to_its_first_end(tmp_path: Path) -> None:
    theirs, target_BT = bart(tmp_path), torch.tensor([[2, 20, 21, 2], [2, 30, 2, 1]])
    loss, tokens = target_loss(EncoderDecoder.load(tmp_path), SOURCE_BS, MASK_BS, target_BT)
    labels_BT = torch.tensor([[20, 21, 2], [30, 2, -100]])
    expected = theirs(
        SOURCE_BS, attention_mask=MASK_BS, decoder_input_ids=target_BT[:, :-1].contiguous(), labels=labels_BT
    ).loss
    assert tokens == 5
    assert abs(float(loss.detach()) - float(expected.detach())) <= CLOSE


def test_source_target_and_output_share_one_table() -> None:
    config = EncoderDecoderConfig(
        vocab_size=40, hidden_size=8, encoder_layers=1, decoder_layers=1, num_heads=2, feed_forward_size=8
    )
    tables = [name for name, weight in EncoderDecoder(config).named_parameters() if weight.shape[0] == 40]
    assert tables == ["encoder.embeddings.token.weight"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "t5"}, "type 't5' are no encoder–decoders"),
        ({"scale_embedding": True}, "scale_embedding is True"),
        ({"decoder_ffn_dim": 64}, "different feed-forward widths"),
        ({"decoder_attention_heads": 2}, "different heads"),
        ({"d_model": 64}, "config and weights do not belong together"),
        ({"decoder_layers": 4}, "lack decoder.layers.3"),
        ({"decoder_start_token_id": 99}, "start_id 99"),
    ],
)
def test_what_is_not_computed_here_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    bart(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=message):
        EncoderDecoder.load(tmp_path)


def test_more_target_tokens_than_positions_are_refused(tmp_path: Path) -> None:
    bart(tmp_path, max_position_embeddings=5)
    model = EncoderDecoder.load(tmp_path)
    with pytest.raises(UserError, match="6 tokens, and the decoder has positions for 5"):
        model(SOURCE_BS, torch.ones(2, 6, dtype=torch.long))
