"""What counts weigh beside a network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.model.decoder import Decoder
from aisle.model.decoder_config import DecoderConfig
from aisle.tasks.complete.ngrams import NgramModel
from aisle.tasks.complete.share import GREATEST, LEAST, fitted_share, likeliest_share


@given(st.lists(st.tuples(st.floats(-9, -0.1), st.floats(-9, -0.1)), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_other_share_tells_the_text_better(told: list[tuple[float, float]]) -> None:
    network_N, counted_N = np.array(told).T

    def likelihood(share: float) -> float:
        return float(np.log((1 - share) * np.exp(network_N) + share * np.exp(counted_N)).mean())

    best = max(likelihood(share) for share in np.linspace(LEAST, GREATEST, 91))
    assert likelihood(likeliest_share(network_N, counted_N)) > best - 0.01


def test_who_always_knows_better_gets_nearly_all() -> None:
    good_N, bad_N = np.full(50, -0.1), np.full(50, -8.0)
    assert likeliest_share(bad_N, good_N) == GREATEST
    assert likeliest_share(good_N, bad_N) == LEAST


def test_beside_an_untrained_network_counts_of_the_same_kind_of_text_weigh_most() -> None:
    torch.manual_seed(0)
    decoder = Decoder(
        DecoderConfig(
            vocab_size=12, hidden_size=8, num_layers=1, num_heads=2, feed_forward_size=16, max_positions=16, end_id=0
        )
    ).train()
    tokens_N = np.tile(np.array([1, 2, 3, 4, 5], np.uint16), 60)
    assert fitted_share(decoder, NgramModel(tokens_N, 12, order=3), tokens_N[:101]) == pytest.approx(GREATEST)
    assert decoder.training
