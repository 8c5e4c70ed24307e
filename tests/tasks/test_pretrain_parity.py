"""The same batch and weights give Hugging Face's losses and gradients, and checkpoints go both ways.

Legend: B texts, T tokens of each, N tokens of all together.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.objectives.masked_language_model import masked_language_model_loss
from aisle.objectives.next_sentence import next_sentence_loss
from aisle.tasks.pretrain.model import PretrainingModel
from aisle.tasks.pretrain.settings import fresh_config
from aisle.training.packed import TokenTable, packed_forward, packed_pool
from tests.conftest import TINY

CLOSE = 1e-5
CALM = replace(TINY, dropout=0.0, attention_dropout=0.0, initializer_range=0.15)
PRE_NORM = replace(CALM, family="roberta-prelayernorm")
LENGTHS = (9, 12, 9, 20)


def hugging_face(name: str, directory: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        model, found = getattr(transformers, name).from_pretrained(directory, output_loading_info=True)
        assert not found["missing_keys"], found
        assert not found["unexpected_keys"], found
        return model.train()


def fresh(config: EncoderConfig, *, next_sentence: bool) -> PretrainingModel:
    torch.manual_seed(3)
    model = PretrainingModel(config, next_sentence=next_sentence)
    with torch.no_grad():
        # Away from the start, where biases are 0 and LayerNorm does nothing.
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return model.train()


class Batch:
    """Texts, segments, which tokens are hidden and which pairs follow, packed and padded."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        self.ids = [[2, *random.integers(5, 90, length - 2).tolist(), 3] for length in LENGTHS]
        self.segments = [[0] * (length // 2) + [1] * (length - length // 2) for length in LENGTHS]
        self.packed = TokenTable(self.ids, self.segments).pack(range(len(LENGTHS)))
        self.follows_B = torch.tensor([0, 1, 1, 0])
        longest = max(LENGTHS)
        self.ids_BT = torch.tensor([row + [0] * (longest - len(row)) for row in self.ids])
        self.segments_BT = torch.tensor([row + [0] * (longest - len(row)) for row in self.segments])
        self.mask_BT = torch.tensor([[1] * length + [0] * (longest - length) for length in LENGTHS])
        self.labels_BT = torch.full_like(self.ids_BT, -100)
        self.at, self.targets = [], []
        first = dict(zip(sorted(range(4), key=lambda row: LENGTHS[row]), (0, 9, 18, 30), strict=True))
        for row, length in enumerate(LENGTHS):
            for place in random.choice(np.arange(1, length - 1), 3, replace=False):
                target = int(random.integers(5, 90))
                self.labels_BT[row, place] = target
                self.at.append(first[row] + int(place))
                self.targets.append(target)

    def losses(self, model: PretrainingModel) -> tuple[torch.Tensor, torch.Tensor | None]:
        x_ND = packed_forward(model.encoder, self.packed)
        words = masked_language_model_loss(
            x_ND, torch.tensor(self.at), torch.tensor(self.targets), model.words, model.table_VD
        )
        if model.next is None:
            return words, None
        pooled_BD = packed_pool(model.encoder, x_ND, self.packed, "pooler")
        return words, next_sentence_loss(pooled_BD, self.follows_B, model.next)


def test_bert_for_pre_training_gives_the_same_losses_and_gradients(tmp_path: Path) -> None:
    model, batch = fresh(CALM, next_sentence=True), Batch()
    model.save(tmp_path)
    theirs = hugging_face("BertForPreTraining", tmp_path)
    inputs = {"input_ids": batch.ids_BT, "token_type_ids": batch.segments_BT, "attention_mask": batch.mask_BT}
    expected = theirs(**inputs, labels=batch.labels_BT, next_sentence_label=batch.follows_B)
    words, following = batch.losses(model)
    assert following is not None
    alone = theirs(**inputs, labels=batch.labels_BT, next_sentence_label=None).prediction_logits
    expected_words = torch.nn.functional.cross_entropy(alone.flatten(0, 1), batch.labels_BT.flatten())
    assert abs((words - expected_words).item()) <= CLOSE
    assert abs((words + following - expected.loss).item()) <= CLOSE
    (words + following).backward()
    expected.loss.backward()
    _same_gradients(model, theirs, tmp_path)


def test_the_pre_norm_masked_language_model_gives_the_same_loss_and_gradients(tmp_path: Path) -> None:
    model, batch = fresh(PRE_NORM, next_sentence=False), Batch()
    model.save(tmp_path)
    theirs = hugging_face("RobertaPreLayerNormForMaskedLM", tmp_path)
    expected = theirs(
        input_ids=batch.ids_BT, token_type_ids=batch.segments_BT, attention_mask=batch.mask_BT, labels=batch.labels_BT
    )
    words, _ = batch.losses(model)
    assert abs((words - expected.loss).item()) <= CLOSE
    words.backward()
    expected.loss.backward()
    _same_gradients(model, theirs, tmp_path)


def _same_gradients(model: PretrainingModel, theirs: Any, directory: Path) -> None:
    """Put our gradients in place of the weights, save them, and compare by Hugging Face's names."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.zeros_like(weight) if weight.grad is None else weight.grad)
    model.save(directory / "gradients")
    ours = load_file(directory / "gradients" / "model.safetensors")
    compared = 0
    for name, weight in theirs.named_parameters():
        if weight.grad is None or name not in ours:
            continue
        gradient = weight.grad.clone()
        if "embeddings" in name and model.encoder.config.pre_norm:
            # Their tables leave the padding row out of training; no text has it.
            ours[name][0], gradient[0] = 0, 0
        assert float((ours[name] - gradient).abs().max()) <= CLOSE, name
        compared += 1
    assert compared == sum(1 for _ in model.parameters())


@pytest.mark.parametrize(("config", "next_sentence"), [(CALM, True), (CALM, False), (PRE_NORM, False)])
def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path, config: EncoderConfig, next_sentence: bool) -> None:
    model = fresh(config, next_sentence=next_sentence)
    model.save(tmp_path)
    again = PretrainingModel.load(tmp_path, next_sentence=next_sentence)
    ours, theirs = model.state_dict(), again.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    bare = "RobertaPreLayerNormModel" if config.pre_norm else "BertModel"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        hidden = getattr(transformers, bare).from_pretrained(tmp_path).eval()
    ids_BT = torch.tensor([[2, 7, 8, 9, 3]])
    with torch.no_grad():
        expected_BTD = hidden(input_ids=ids_BT).last_hidden_state
        torch.testing.assert_close(Encoder.load(tmp_path)(ids_BT), expected_BTD, rtol=0, atol=CLOSE)


def test_a_checkpoint_of_hugging_faces_goes_on_with_its_heads(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        torch.manual_seed(5)
        shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
        theirs = transformers.BertForPreTraining(transformers.BertConfig(vocab_size=106, **shape)).eval()
        theirs.save_pretrained(tmp_path)
    model = PretrainingModel.load(tmp_path, next_sentence=True)
    assert torch.equal(model.words.bias, theirs.cls.predictions.bias)
    assert torch.equal(model.words.dense.weight, theirs.cls.predictions.transform.dense.weight)
    assert model.next is not None
    assert torch.equal(model.next.dense.weight, theirs.cls.seq_relationship.weight)


def test_a_checkpoint_without_heads_starts_from_its_token_table(tiny_encoder: Path) -> None:
    model = PretrainingModel.load(tiny_encoder, next_sentence=False)
    assert torch.equal(model.words.dense.weight, torch.eye(32))
    assert torch.equal(model.encoder.embeddings.token.weight, Encoder.load(tiny_encoder).embeddings.token.weight)


def test_next_sentence_needs_berts_pooler(tmp_path: Path) -> None:
    PretrainingModel(PRE_NORM, next_sentence=False).save(tmp_path)
    with pytest.raises(UserError, match="roberta-prelayernorm"):
        PretrainingModel.load(tmp_path, next_sentence=True)


@pytest.mark.parametrize(
    ("size", "millions"), [("tiny", 4.39), ("mini", 11.17), ("small", 28.76), ("medium", 41.37), ("base", 109.48)]
)
def test_sizes_are_the_published_ones(size: Any, millions: float) -> None:
    with torch.device("meta"):
        encoder = Encoder(fresh_config(size, 30_522, 512, pre_norm=False, dropout=0.1))
    assert round(sum(weight.numel() for weight in encoder.parameters()) / 1e6, 2) == millions
