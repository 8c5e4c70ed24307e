from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from aisle.errors import UserError
from aisle.evaluation.baselines import BASELINES, TokenAverage, baseline, pooled_checkpoint
from aisle.model.checkpoint import expected_shapes, write_weights
from aisle.model.config import EncoderConfig
from aisle.model.pooling_config import PoolingConfig
from aisle.sentence.encoder import SentenceEncoder

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "oat", "milk", "tea")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random BERT with seven words."""
    directory = tmp_path_factory.mktemp("checkpoint")
    config = EncoderConfig(
        family="bert", vocab_size=len(WORDS), hidden_size=8, num_layers=1, num_heads=2, feed_forward_size=16,
        max_positions=16,
    )  # fmt: skip
    random = np.random.default_rng(0)
    config.save(directory)
    weights = {
        name: random.normal(size=shape, scale=0.5).astype(np.float32) for name, shape in expected_shapes(config).items()
    }
    write_weights(directory, config, weights)
    PoolingConfig(mode="mean", normalize=True, max_tokens=16).save(directory, config)
    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(directory / "tokenizer.json"))
    return directory


def table(directory: Path) -> NDArray[np.float32]:
    from aisle.model.checkpoint import read_weights

    return read_weights(directory)["embeddings.word_embeddings.weight"]


def test_averaged_word_vectors_by_hand(checkpoint: Path) -> None:
    vectors_ND = TokenAverage(checkpoint)(["oat milk", "milk Oat", "tea", "", "oat oat tea"])
    oat, milk, tea = table(checkpoint)[4:]
    expected = [(oat + milk) / 2, (oat + milk) / 2, tea, np.zeros(8), (2 * oat + tea) / 3]
    np.testing.assert_allclose(vectors_ND, expected, atol=1e-6)


def test_averaged_word_vectors_see_texts_longer_than_the_encoder_reads(checkpoint: Path) -> None:
    vectors_ND = TokenAverage(checkpoint)(["oat " * 15 + "tea " * 15])
    oat, _, tea = table(checkpoint)[4:]
    np.testing.assert_allclose(vectors_ND[0], (oat + tea) / 2, atol=1e-6)


def test_a_checkpoint_is_pooled_otherwise_without_being_changed(checkpoint: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in checkpoint.rglob("*") if path.is_file()}
    pooled = pooled_checkpoint(checkpoint, "cls", tmp_path / "cls")
    assert (PoolingConfig.load(pooled).mode, PoolingConfig.load(pooled).max_tokens) == ("cls", 16)
    assert {path: path.read_bytes() for path in checkpoint.rglob("*") if path.is_file()} == before


def test_each_baseline_gives_vectors_of_its_own(checkpoint: Path, tmp_path: Path) -> None:
    found = {kind: baseline(kind, checkpoint, tmp_path)(["oat milk", "tea"]) for kind in BASELINES}
    assert {vectors_ND.shape for vectors_ND in found.values()} == {(2, 8)}
    for one in BASELINES:
        for other in BASELINES:
            assert (one == other) == np.allclose(found[one], found[other], atol=1e-3)
    mean_ND = found["mean"] / np.linalg.norm(found["mean"], axis=1, keepdims=True)
    np.testing.assert_allclose(mean_ND, SentenceEncoder.load(checkpoint).encode(["oat milk", "tea"]), atol=1e-2)


def test_an_unknown_baseline_is_named_with_the_known_ones(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'glove'; choose one of static, cls, mean, max"):
        baseline("glove", checkpoint, tmp_path)
