from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from aisle.model.heads import NextSentenceHead
from aisle.objectives.next_sentence import FOLLOWS, RANDOM, next_sentence_loss
from tests.conftest import TINY


def test_the_loss_is_the_cross_entropy_of_two_scores() -> None:
    head = NextSentenceHead(replace(TINY, hidden_size=4))
    with torch.no_grad():
        head.dense.weight.copy_(torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]]))
        head.dense.bias.zero_()
    pooled_BD = torch.tensor([[2.0, 0, 5, 5], [0.0, 3, 5, 5]])
    loss = next_sentence_loss(pooled_BD, torch.tensor([FOLLOWS, RANDOM]), head)
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-3))) / 2
    assert loss.item() == pytest.approx(expected, rel=1e-6)
