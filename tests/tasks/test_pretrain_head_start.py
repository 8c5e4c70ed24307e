"""What a fresh encoder begins with. Legend: N tokens, W words counted, D vector length, P positions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from aisle.tasks.pretrain.head_start import head_start, log_frequencies, sinusoids
from aisle.tasks.pretrain.model import PretrainingModel
from aisle.tasks.pretrain.recipes import RECIPES, learning_rate
from aisle.tasks.pretrain.settings import fresh_config
from aisle.tasks.pretrain.word_vectors import word_vectors
from tests.tasks.pretrain_corpora import prose, token_files


def topics(words: int, groups: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Tokens 5, 6, …: stretches of ten, each of words of one group (those with the same rest by `groups`)."""
    random = np.random.default_rng(0)
    stretches = []
    for _ in range(1_500):
        group = random.integers(groups)
        stretches.append(5 + group + groups * random.integers(0, words // groups, 10))
    return np.concatenate(stretches)


def test_words_that_stand_together_have_near_vectors() -> None:
    found_W, vectors_WD = word_vectors(topics(60, 4), 80, 8)
    assert sorted(found_W.tolist()) == list(range(5, 65))
    assert vectors_WD.std().item() == pytest.approx(1, abs=1e-5)
    unit_WD = normalize(vectors_WD, dim=1)
    cosines_WW = unit_WD @ unit_WD.T
    same_WW = (found_W[:, None] - found_W[None]) % 4 == 0
    apart_WW = ~same_WW
    same_WW.fill_diagonal_(False)
    assert cosines_WW[same_WW].mean() > cosines_WW[apart_WW].mean() + 0.5


def test_counting_repeats_to_the_bit() -> None:
    first, again = (word_vectors(topics(60, 4), 80, 8)[1] for _ in range(2))
    assert torch.equal(first, again)


def test_too_few_words_are_left_as_they_were() -> None:
    words_W, vectors_WD = word_vectors(np.array([5, 6, 7, 5]), 20, 8)
    assert len(words_W) == len(vectors_WD) == 0


def test_frequencies_are_those_of_the_text() -> None:
    found_V = log_frequencies(np.array([1, 1, 1, 2]), 4)
    torch.testing.assert_close(found_V, torch.tensor([1, 4, 2, 1]).div(8).log())


def test_waves_turn_by_the_same_angle_from_any_position_to_the_next() -> None:
    waves_PD = sinusoids(20, 6)
    for place in range(0, 6, 2):
        angle_P = torch.atan2(waves_PD[:, place], waves_PD[:, place + 1])
        turns = torch.remainder(angle_P.diff(), 2 * math.pi)
        torch.testing.assert_close(turns, torch.full((19,), 10_000 ** (-place / 6)), rtol=1e-3, atol=1e-5)


def test_a_fresh_encoder_says_words_as_often_as_the_text_does(tmp_path: Path) -> None:
    files, tokenizer = token_files(tmp_path, prose(40))
    config = fresh_config("tiny", tokenizer.vocab_size, 16, pre_norm=True, dropout=0.0)
    torch.manual_seed(0)
    model = PretrainingModel(config, next_sentence=False)
    before = model.encoder.embeddings.position.weight.std()
    head_start(model, files)
    assert model.words.bias.exp().sum().item() == pytest.approx(1, abs=1e-4)
    assert model.words.bias.argmax().item() == np.bincount(files.tokens_N).argmax()
    torch.testing.assert_close(model.encoder.embeddings.position.weight.std(), before, rtol=0.1, atol=0)


def test_wider_encoders_take_smaller_steps_in_the_budget_recipe_only() -> None:
    assert learning_rate(RECIPES["budget"], 512) == pytest.approx(learning_rate(RECIPES["budget"], 256) / 2)
    assert learning_rate(RECIPES["bert"], 768) == 1e-4


def test_attention_hands_on_what_it_gathers(tmp_path: Path) -> None:
    files, tokenizer = token_files(tmp_path, prose(40))
    config = fresh_config("tiny", tokenizer.vocab_size, 16, pre_norm=True, dropout=0.0)
    torch.manual_seed(0)
    model = PretrainingModel(config, next_sentence=False).eval()
    ids_BT = torch.tensor([[2, 100, 101, 102, 103, 3]])

    def share_of_the_mean() -> float:
        """How near what the first layer adds to a token is to the mean of what it reads."""
        layer: Any = model.encoder.layers[0]
        with torch.no_grad():
            read_TD = layer.attention_norm(model.encoder.embeddings(ids_BT, None, None))[0]
            added_TD = layer.attention(read_TD[None], None, None)[0]
        return torch.nn.functional.cosine_similarity(added_TD[2], read_TD.mean(0), dim=0).item()

    assert share_of_the_mean() < 0.5
    head_start(model, files)
    assert share_of_the_mean() > 0.8
