from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from aisle.errors import UserError
from aisle.model.encoder import Encoder
from aisle.model.pooling import Pooler, pool
from aisle.model.pooling_config import POOLINGS

HIDDEN_BTD = torch.tensor([[[1.0, -4.0], [3.0, -2.0], [100.0, 100.0]], [[1.0, 1.0], [2.0, 2.0], [6.0, 0.0]]])
MASK_BT = torch.tensor([[1, 1, 0], [1, 1, 1]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("mean", [[2.0, -3.0], [3.0, 1.0]]),
        ("max", [[3.0, -2.0], [6.0, 2.0]]),
        ("cls", [[1.0, -4.0], [1.0, 1.0]]),
    ],
)
def test_padding_is_left_out(mode: str, expected: list[list[float]]) -> None:
    assert torch.equal(pool(HIDDEN_BTD, MASK_BT, mode), torch.tensor(expected))


def test_without_a_mask_every_token_counts() -> None:
    assert torch.equal(pool(HIDDEN_BTD[1:], None, "mean"), torch.tensor([[3.0, 1.0]]))
    assert torch.equal(pool(HIDDEN_BTD[1:], None, "max"), torch.tensor([[6.0, 2.0]]))


def test_numbers_in_the_padding_that_are_no_numbers_do_no_harm() -> None:
    hidden_BTD = HIDDEN_BTD.clone()
    hidden_BTD[0, 2] = float("nan")
    for mode in ("mean", "max"):
        assert torch.equal(pool(hidden_BTD, MASK_BT, mode), pool(HIDDEN_BTD, MASK_BT, mode))


def test_the_pooler_is_a_dense_layer_and_tanh_over_the_first_token() -> None:
    pooler = Pooler(2)
    expected = torch.tanh(HIDDEN_BTD[:, 0] @ pooler.dense.weight.T + pooler.dense.bias)
    assert torch.allclose(pool(HIDDEN_BTD, MASK_BT, "pooler", pooler=pooler), expected)


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(UserError, match="this checkpoint has no pooler; use pooling mean, max or cls"):
        pool(HIDDEN_BTD, MASK_BT, "pooler")
    with pytest.raises(UserError, match="pooling 'median' is not one of mean, max, cls, pooler"):
        pool(HIDDEN_BTD, MASK_BT, "median")


@pytest.mark.parametrize("mode", POOLINGS)
@pytest.mark.parametrize("family", ["MiniLM shape", "RoBERTa"])
def test_a_vector_does_not_change_with_its_neighbours(families: dict[str, Path], family: str, mode: str) -> None:
    encoder = Encoder.load(families[family])
    pad = encoder.config.pad_id
    random = torch.Generator().manual_seed(0)
    lengths = [3, 17, 5, 40, 9, 2]
    texts = [torch.randint(5, 140, (length,), generator=random) for length in lengths]
    ids_BT = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=pad)
    mask_BT = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        together = normalize(pool(encoder(ids_BT, None, mask_BT), mask_BT, mode, pooler=encoder.pooler))
        alone = [normalize(pool(encoder(ids[None]), None, mode, pooler=encoder.pooler)) for ids in texts]
    assert (together - torch.cat(alone)).abs().max() <= 1e-6
