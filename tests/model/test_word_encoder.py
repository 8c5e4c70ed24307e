"""Encoders over word vectors: by hand, as torch packs them, and through a file.

Legend: N words of all texts together, B texts, E size of a word's vector, D size of a text's vector.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from aisle.errors import UserError
from aisle.model.word_config import BIGRAM_FACTOR, WordConfig, is_word_encoder
from aisle.model.word_encoder import BiLstmMax, DeepAverage, fresh_word_encoder, load_word_encoder, time_major
from tests.model.word_encoders import write_words


def test_the_average_of_word_vectors_by_hand() -> None:
    encoder = fresh_word_encoder(WordConfig(architecture="average", vocab_size=3, word_size=2))
    encoder.load_state_dict({"words.weight": torch.tensor([[0.0, 0.0], [1.0, 4.0], [3.0, -2.0]])})
    # Two texts of one word, then one of three.
    vectors_BD = encoder(torch.tensor([1, 2, 1, 2, 2]), ((2, 1), (1, 3)))
    torch.testing.assert_close(vectors_BD, torch.tensor([[1.0, 4.0], [3.0, -2.0], [7 / 3, 0.0]]))


def test_a_deep_average_by_hand() -> None:
    config = WordConfig(
        architecture="dan", vocab_size=3, word_size=2, hidden_size=2, num_layers=1, bigram_rows=4, dropout=0.5
    )
    encoder = fresh_word_encoder(config).eval()
    assert isinstance(encoder, DeepAverage)
    bigrams = torch.zeros(4, 2)
    bigrams[(1 * BIGRAM_FACTOR + 2) % 4] = torch.tensor([2.0, 0.0])
    state = {
        "words.weight": torch.tensor([[0.0, 0.0], [1.0, 4.0], [3.0, -2.0]]),
        "bigrams.weight": bigrams,
        "dense.0.weight": torch.tensor([[0.5, 0.0], [1.0, 1.0]]),
        "dense.0.bias": torch.tensor([0.0, -1.0]),
    }
    encoder.load_state_dict(state)
    # (1,4), (3,-2) and the pair (2,0) average to (2, 2/3): tanh of (1, 5/3). A single word has no pair.
    vectors_BD = encoder(torch.tensor([2, 1, 2]), ((1, 1), (1, 2)))
    torch.testing.assert_close(vectors_BD, torch.tanh(torch.tensor([[1.5, 0.0], [1.0, 5 / 3]])))


def test_words_in_time_order() -> None:
    # Texts a, bc, de, fgh lie as a b c d e f g h.
    order_N, together = time_major(((1, 1), (2, 2), (1, 3)))
    assert order_N.tolist() == [5, 3, 1, 0, 6, 4, 2, 7]
    assert together.tolist() == [4, 3, 1]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_time_order_is_that_of_torchs_packing(lengths: list[int]) -> None:
    lengths_B = sorted(lengths)
    words_N = torch.arange(sum(lengths_B))
    padded = torch.nn.utils.rnn.pad_sequence(list(words_N.split(lengths_B)), batch_first=True)
    # Longest text first, and of equally long ones the last one first.
    theirs = pack_padded_sequence(padded.flip(0), torch.tensor(lengths_B[::-1]), batch_first=True)
    runs = tuple((len(list(texts)), length) for length, texts in itertools.groupby(lengths_B))
    order_N, together = time_major(runs)
    assert order_N.tolist() == theirs.data.tolist()
    assert together.tolist() == theirs.batch_sizes.tolist()


def test_a_bilstm_is_torchs_own_over_padded_and_packed_texts() -> None:
    torch.manual_seed(0)
    encoder = fresh_word_encoder(WordConfig(architecture="bilstm", vocab_size=20, word_size=6, hidden_size=5)).eval()
    assert isinstance(encoder, BiLstmMax)
    texts = [torch.randint(20, (length,)) for length in (1, 2, 2, 4, 7)]
    ours_BD = encoder(torch.cat(texts), ((1, 1), (2, 2), (1, 4), (1, 7)))
    padded_BT = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True)
    lengths_B = torch.tensor([len(text) for text in texts])
    packed = pack_padded_sequence(encoder.words(padded_BT), lengths_B, batch_first=True, enforce_sorted=False)
    hidden_BTD, _ = pad_packed_sequence(encoder.lstm(packed)[0], batch_first=True, padding_value=float("-inf"))
    torch.testing.assert_close(ours_BD, hidden_BTD.amax(dim=1))
    # And a text has the same vector whatever else is in the batch.
    alone_BD = torch.cat([encoder(text, ((1, len(text)),)) for text in texts])
    torch.testing.assert_close(ours_BD, alone_BD)


@pytest.mark.parametrize("architecture", ["average", "dan", "bilstm"])
def test_what_is_saved_is_what_is_loaded(tmp_path: Path, architecture: str) -> None:
    first = load_word_encoder(write_words(tmp_path / "a", architecture=architecture, bigram_rows=7))
    first.save(tmp_path / "b")
    second = load_word_encoder(tmp_path / "b")
    assert second.config == first.config
    assert is_word_encoder(tmp_path / "b")
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name])


def test_a_damaged_encoder_is_refused_with_what_is_wrong(tmp_path: Path, tiny_encoder: Path) -> None:
    assert not is_word_encoder(tiny_encoder)
    with pytest.raises(UserError, match="describes no encoder over word vectors"):
        WordConfig.load(tiny_encoder)
    folder = write_words(tmp_path / "a", architecture="dan")
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(values | {"hidden_size": 9}))
    with pytest.raises(UserError, match=r"dense.0.bias has shape \(5,\), and the config calls for \(9,\)"):
        load_word_encoder(folder)
    (folder / "config.json").write_text(json.dumps(values | {"hidden_size": 0}))
    with pytest.raises(UserError, match=r"config.json: the encoder's hidden_size is 0"):
        load_word_encoder(folder)
    (folder / "config.json").write_text(json.dumps(values | {"model_type": "word-tree"}))
    with pytest.raises(UserError, match="architecture 'tree' is not one of average, dan, bilstm"):
        load_word_encoder(folder)
    (folder / "config.json").write_text(json.dumps(values | {"heads": 4}))
    with pytest.raises(UserError, match="unexpected keyword argument 'heads'"):
        load_word_encoder(folder)
    (folder / "config.json").write_text(json.dumps(values))
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"has no model.safetensors"):
        load_word_encoder(folder)
