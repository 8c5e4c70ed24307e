"""The packed forward pass says and learns what the padded one does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.pooling import pool
from aisle.training.packed import TokenTable, packed_forward, packed_pool
from tests.conftest import TINY

CALM = replace(TINY, dropout=0.0, attention_dropout=0.0)


def padded(rows: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, rows))
    ids_BT = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    mask_BT = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids_BT, mask_BT


@pytest.mark.parametrize("family", ["bert", "distilbert", "roberta", "roberta-prelayernorm"])
@pytest.mark.parametrize("mode", ["mean", "max", "cls", "pooler"])
def test_vectors_and_gradients_are_those_of_the_padded_encoder(family: str, mode: str) -> None:
    torch.manual_seed(0)
    segments = 2 if family == "bert" else 1 if family == "roberta" else 0
    config = replace(CALM, family=family, num_segments=segments, pad_id=1 if family == "roberta" else 0)
    encoder = Encoder(config)
    random = np.random.default_rng(0)
    rows = [random.integers(5, 90, length).tolist() for length in (7, 3, 12, 3, 5, 7)]
    kinds = [[0] * (len(row) // 2) + [int(segments == 2)] * (len(row) - len(row) // 2) for row in rows]
    table = TokenTable(rows, kinds if segments else None)
    asked = [4, 0, 3, 5]
    batch = table.pack(asked)
    packed_BD = packed_pool(encoder, packed_forward(encoder, batch), batch, mode)

    ids_BT, mask_BT = padded([rows[row] for row in asked], config.pad_id)
    kinds_BT, _ = padded([kinds[row] for row in asked], 0)
    hidden_BTD = encoder(ids_BT, kinds_BT if segments else None, mask_BT)
    padded_BD = pool(hidden_BTD, mask_BT, mode, pooler=encoder.pooler)
    torch.testing.assert_close(packed_BD, padded_BD, rtol=1e-5, atol=1e-6)

    direction_BD = torch.randn_like(packed_BD)
    weights = [weight for name, weight in encoder.named_parameters() if mode == "pooler" or "pooler" not in name]
    ours = torch.autograd.grad((packed_BD * direction_BD).sum(), weights)
    theirs = torch.autograd.grad((padded_BD * direction_BD).sum(), weights)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(5, 90), min_size=1, max_size=9), min_size=1, max_size=8), st.randoms())
def test_packing_holds_every_token_once_and_finds_every_text(rows: list[list[int]], random: object) -> None:
    table = TokenTable(rows)
    asked = list(range(len(rows)))
    random.shuffle(asked)  # type: ignore[attr-defined]
    batch = table.pack(asked)
    assert batch.tokens == sum(map(len, rows)) == sum(texts * length for texts, length in batch.runs)
    texts = [part for texts, length in batch.runs for part in [length] * texts]
    pieces = torch.split(batch.ids_N, texts)
    places = torch.split(batch.positions_N, texts)
    assert [pieces[place].tolist() for place in batch.place_B] == [rows[row] for row in asked]
    assert all(part.tolist() == list(range(len(part))) for part in places)


def test_a_text_beyond_the_positions_is_refused() -> None:
    encoder = Encoder(replace(CALM, max_positions=8))
    with pytest.raises(UserError, match="has 9 tokens, and the encoder has positions for 8"):
        packed_forward(encoder, TokenTable([[5] * 9]).pack([0]))


def test_dropout_drops_in_training_only() -> None:
    encoder = Encoder(EncoderConfig(**{name: getattr(TINY, name) for name in TINY.__dataclass_fields__}))
    batch = TokenTable([[2, 7, 8, 3]]).pack([0])
    assert not torch.equal(packed_forward(encoder, batch), packed_forward(encoder, batch))
    encoder.eval()
    assert torch.equal(packed_forward(encoder, batch), packed_forward(encoder, batch))
