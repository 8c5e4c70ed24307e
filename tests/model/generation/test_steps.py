"""With and without the cache the same tokens are written, by every way of writing; greedy as transformers writes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.model.decoder import Decoder
from aisle.model.decoder_config import DecoderConfig
from aisle.model.encoder_decoder import EncoderDecoder
from aisle.model.encoder_decoder_config import EncoderDecoderConfig
from aisle.model.generation.generate import generate
from aisle.model.generation.settings import Beam, Greedy, Limits, Sampling
from aisle.model.generation.steps import DecoderSteps, EncoderDecoderSteps, RecomputedSteps

WAYS = [Greedy(), Sampling(seed=3), Sampling(top_k=4, temperature=0.7), Sampling(top_p=0.8), Beam(width=3)]
LIMITS = Limits(max_tokens=9, end_ids=frozenset({0}))


@cache
def fresh(seed: int) -> Decoder:
    torch.manual_seed(seed)
    config = DecoderConfig(
        vocab_size=30,
        hidden_size=16,
        num_layers=2,
        num_heads=2,
        feed_forward_size=32,
        max_positions=16,
        end_id=0,
        initializer_range=0.5,
    )
    return Decoder(config).eval()


@given(seed=st.integers(0, 3), prompt=st.lists(st.integers(1, 29), min_size=1, max_size=7), way=st.sampled_from(WAYS))
@settings(max_examples=25, deadline=None)
def test_cached_and_uncached_decoding_write_the_same_tokens(seed: int, prompt: list[int], way: object) -> None:
    decoder = fresh(seed)
    (cached,) = generate(DecoderSteps(decoder), [prompt], way, LIMITS)  # type: ignore[arg-type]
    (recomputed,) = generate(RecomputedSteps(decoder), [prompt], way, LIMITS)  # type: ignore[arg-type]
    assert [text.tokens for text in cached] == [text.tokens for text in recomputed]
    assert [text.ending for text in cached] == [text.ending for text in recomputed]


def test_rows_of_a_batch_are_written_as_if_alone() -> None:
    decoder, prompts = fresh(1), [[5, 6], [7, 8], [9, 1], [2, 2]]
    together = generate(DecoderSteps(decoder), prompts, Greedy(), LIMITS)
    alone = [generate(DecoderSteps(decoder), [prompt], Greedy(), LIMITS)[0] for prompt in prompts]
    assert [row[0].tokens for row in together] == [row[0].tokens for row in alone]


@pytest.mark.parametrize("width", [1, 3])
def test_what_gpt_2_writes_is_what_hugging_face_writes(tmp_path: Path, width: int) -> None:
    fresh(2).save(tmp_path)
    theirs = transformers.GPT2LMHeadModel.from_pretrained(tmp_path)
    prompt = [4, 9, 11]
    expected = theirs.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, 3, dtype=torch.long),
        max_new_tokens=9,
        do_sample=False,
        num_beams=width,
        early_stopping="never" if width > 1 else False,
        eos_token_id=None,
        pad_token_id=1,
    )[0, 3:]
    way = Beam(width=width) if width > 1 else Greedy()
    (texts,) = generate(DecoderSteps(Decoder.load(tmp_path)), [prompt], way, Limits(max_tokens=9))
    assert list(texts[0].tokens) == expected.tolist()


def test_an_encoder_decoder_writes_for_each_source_what_it_writes_for_it_alone() -> None:
    torch.manual_seed(0)
    model = EncoderDecoder(
        EncoderDecoderConfig(
            vocab_size=30,
            hidden_size=16,
            encoder_layers=1,
            decoder_layers=2,
            num_heads=2,
            feed_forward_size=32,
            max_positions=16,
            initializer_range=0.5,
        )
    ).eval()
    sources, limits = [[5, 6, 7, 2], [8, 2, 1, 1]], Limits(max_tokens=8, end_ids=frozenset({2}))
    mask_BS = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    steps = EncoderDecoderSteps(model, torch.tensor(sources), mask_BS)
    together = [row[0].tokens for row in generate(steps, [[2], [2]], Greedy(), limits)]
    alone = []
    for source in ([5, 6, 7, 2], [8, 2]):
        ((one,),) = generate(EncoderDecoderSteps(model, torch.tensor([source])), [[2]], Greedy(), limits)
        alone.append(one.tokens)
        (texts,) = generate(EncoderDecoderSteps(model, torch.tensor([source])), [[2]], Beam(width=3), limits)
        assert np.isfinite([text.log_probability for text in texts]).all()
    assert together == alone
    assert together[0] != together[1]
