"""The decoder in numpy computes what the one in torch computes, in one go and token by token."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.model.decoder import Decoder
from aisle.model.decoder_config import DecoderConfig
from aisle.model.generation.generate import generate
from aisle.model.generation.settings import Beam, Limits
from aisle.model.generation.steps import DecoderSteps
from aisle.runtime.decoder import NOTHING_READ, DecoderRows, NumpyDecoder

CLOSE = 1e-5
IDS_BT = np.array([[5, 9, 30, 3, 3, 17, 22], [1, 2, 3, 4, 5, 6, 7]])


def saved(directory: Path, **changes: object) -> Decoder:
    torch.manual_seed(3)
    shape = {"vocab_size": 31, "hidden_size": 16, "num_layers": 2, "num_heads": 2, "feed_forward_size": 24}
    config = DecoderConfig(**(shape | {"max_positions": 12, "end_id": 0, "initializer_range": 0.4} | changes))  # type: ignore[arg-type]
    decoder = Decoder(config).eval()
    for name, weight in decoder.named_parameters():
        if "norm" in name or "bias" in name:
            torch.nn.init.normal_(weight, mean=0.5, std=0.5)
    decoder.save(directory)
    return decoder


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Decoder, NumpyDecoder]:
    directory = tmp_path_factory.mktemp("decoder")
    return saved(directory), NumpyDecoder.load(directory)


@pytest.mark.parametrize("activation", ["gelu_new", "gelu_pytorch_tanh", "relu"])
def test_scores_are_those_of_torch(tmp_path: Path, activation: str) -> None:
    decoder = saved(tmp_path, hidden_act=activation)
    scores_BV, reading = NumpyDecoder.load(tmp_path).read(IDS_BT)
    with torch.no_grad():
        expected_BV = decoder(torch.from_numpy(IDS_BT))[:, -1].numpy()
    np.testing.assert_allclose(scores_BV, expected_BV, rtol=0, atol=CLOSE)
    assert reading.length == 7


@given(cuts=st.sets(st.integers(1, 6)))
@settings(max_examples=15, deadline=None)
def test_reading_in_parts_is_reading_at_once(both: tuple[Decoder, NumpyDecoder], cuts: set[int]) -> None:
    decoder, reading = both[1], NOTHING_READ
    whole_BV, _ = decoder.read(IDS_BT)
    for first, end in zip([0, *sorted(cuts)], [*sorted(cuts), 7], strict=True):
        scores_BV, reading = decoder.read(IDS_BT[:, first:end], reading)
    np.testing.assert_allclose(scores_BV, whole_BV, rtol=0, atol=CLOSE)


def test_what_was_read_can_be_cut_and_gone_on_with_by_several(both: tuple[Decoder, NumpyDecoder]) -> None:
    decoder = both[1]
    _, reading = decoder.read(IDS_BT)
    kept = reading.first(4).select(np.array([1, 1, 0]))
    scores_BV, _ = decoder.read(np.array([[8], [9], [8]]), kept)
    for row, (owner, token) in enumerate([(1, 8), (1, 9), (0, 8)]):
        alone_BV, _ = decoder.read(np.array([[*IDS_BT[owner, :4], token]]))
        np.testing.assert_allclose(scores_BV[row], alone_BV[0], rtol=0, atol=CLOSE)
    assert reading.length == 7


def test_a_beam_search_writes_what_it_writes_with_torch(both: tuple[Decoder, NumpyDecoder]) -> None:
    limits = Limits(max_tokens=8, end_ids=frozenset({0}))
    (numpy_texts,) = generate(DecoderRows(both[1]), [[4, 9, 11]], Beam(width=3), limits)
    (torch_texts,) = generate(DecoderSteps(both[0]), [[4, 9, 11]], Beam(width=3), limits)
    assert [text.tokens for text in numpy_texts] == [text.tokens for text in torch_texts]


def test_too_many_tokens_are_refused(both: tuple[Decoder, NumpyDecoder]) -> None:
    with pytest.raises(UserError, match="13 tokens, and the decoder has positions for 12"):
        both[1].read(np.ones((1, 13), np.int64))


def test_the_exact_gelu_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, hidden_act="gelu")
    with pytest.raises(UserError, match="no exact GELU"):
        NumpyDecoder.load(tmp_path)
