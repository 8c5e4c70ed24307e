"""Which tokens are hidden, what is put in their place, and what the loss is. Legend: N tokens, V vocabulary."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aisle.model.heads import MaskedLanguageModelHead
from aisle.objectives.masked_language_model import MaskingTable, mask_tokens, masked_language_model_loss
from tests.conftest import TINY

SIZE = 40
SPECIAL = (0, 2, 3, 4)
TABLE = MaskingTable(mask=4, ordinary=np.arange(5, SIZE), special_V=np.isin(np.arange(SIZE), SPECIAL), continues_V=None)
# Pieces from 25 on continue a word.
WHOLE = replace(TABLE, continues_V=np.arange(SIZE) >= 25)


def rows(lengths: list[int], seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Texts in `[CLS] … [SEP]`, each beginning with a whole piece."""
    random = np.random.default_rng(seed)
    texts = [np.array([2, random.integers(5, 25), *random.integers(5, SIZE, length - 1), 3]) for length in lengths]
    return np.concatenate(texts), np.repeat(np.arange(len(texts)), [len(text) for text in texts])


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.floats(0.05, 0.9), st.integers(0, 99))
def test_every_text_has_its_share_hidden_and_nothing_else_changes(lengths: list[int], rate: float, seed: int) -> None:
    ids_N, texts_N = rows(lengths, seed)
    found = mask_tokens(ids_N, texts_N, rate, TABLE, np.random.default_rng(seed))
    counts = np.bincount(texts_N[found.at_M], minlength=len(lengths))
    assert counts.tolist() == [max(round(rate * length), 1) for length in lengths]
    assert (np.diff(found.at_M) > 0).all()
    np.testing.assert_array_equal(found.targets_M, ids_N[found.at_M])
    assert not np.isin(found.targets_M, SPECIAL).any()
    untouched = np.delete(np.arange(len(ids_N)), found.at_M)
    np.testing.assert_array_equal(found.ids_N[untouched], ids_N[untouched])


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.floats(0.05, 0.9), st.integers(0, 99))
def test_whole_words_are_hidden_whole_and_within_the_share(lengths: list[int], rate: float, seed: int) -> None:
    ids_N, texts_N = rows(lengths, seed)
    found = mask_tokens(ids_N, texts_N, rate, WHOLE, np.random.default_rng(seed))
    assert WHOLE.continues_V is not None
    hidden_N = np.isin(np.arange(len(ids_N)), found.at_M)
    for place in range(1, len(ids_N)):
        if WHOLE.continues_V[ids_N[place]]:
            assert hidden_N[place] == hidden_N[place - 1]
    counts = np.bincount(texts_N[found.at_M], minlength=len(lengths))
    starts_N = ~WHOLE.continues_V[ids_N]
    for text, length in enumerate(lengths):
        words_hidden = (hidden_N & starts_N & (texts_N == text)).sum()
        assert words_hidden >= 1
        assert counts[text] <= max(round(rate * length), 1) or words_hidden == 1


def test_eight_of_ten_become_the_mask_one_another_token_one_stays() -> None:
    ids_N, texts_N = rows([2_000] * 20)
    found = mask_tokens(ids_N, texts_N, 0.5, TABLE, np.random.default_rng(0))
    now_M = found.ids_N[found.at_M]
    masked = (now_M == 4).mean()
    stayed = (now_M == found.targets_M).mean()
    assert masked == pytest.approx(0.8, abs=0.01)
    # A random token is by chance the old one in one of 35 cases.
    assert stayed == pytest.approx(0.1 + 0.1 / 35, abs=0.01)
    replaced = now_M[(now_M != 4) & (now_M != found.targets_M)]
    assert set(replaced.tolist()) == set(range(5, SIZE))


def test_tokens_are_hidden_evenly_and_differently_each_time() -> None:
    ids_N, texts_N = rows([20])
    random = np.random.default_rng(0)
    draws = [mask_tokens(ids_N, texts_N, 0.15, TABLE, random).at_M for _ in range(4_000)]
    counts = np.bincount(np.concatenate(draws), minlength=22)[1:21] / 4_000
    np.testing.assert_allclose(counts, 3 / 20, atol=0.025)


def test_a_text_of_special_tokens_only_has_nothing_to_hide() -> None:
    found = mask_tokens(np.array([2, 3]), np.array([0, 0]), 0.15, TABLE, np.random.default_rng(0))
    assert len(found.at_M) == 0


def test_the_loss_is_that_of_the_hidden_places_alone() -> None:
    torch.manual_seed(0)
    head = MaskedLanguageModelHead(TINY)
    table_VD = torch.randn(TINY.vocab_size, TINY.hidden_size)
    x_ND = torch.randn(6, TINY.hidden_size, requires_grad=True)
    at_M, targets_M = torch.tensor([1, 4]), torch.tensor([7, 9])
    loss = masked_language_model_loss(x_ND, at_M, targets_M, head, table_VD)
    scores_NV = head(x_ND, table_VD).log_softmax(1)
    assert loss.item() == pytest.approx(-(scores_NV[1, 7] + scores_NV[4, 9]).item() / 2, rel=1e-5)
    loss.backward()
    assert x_ND.grad is not None
    assert x_ND.grad.abs().sum(1).nonzero().flatten().tolist() == [1, 4]


def test_a_head_that_knows_nothing_is_as_unsure_as_the_vocabulary_is_large() -> None:
    head = MaskedLanguageModelHead(TINY)
    loss = masked_language_model_loss(
        torch.randn(3, TINY.hidden_size), torch.arange(3), torch.arange(3), head, torch.zeros(TINY.vocab_size, 32)
    )
    assert loss.item() == pytest.approx(math.log(TINY.vocab_size), rel=1e-6)
