"""What a fresh encoder need not learn: how frequent words are, which stand together, that near positions are alike.

None of it changes what the encoder is: it only fills weights that training goes on changing.

Legend: N tokens, V vocabulary, P positions, D hidden size.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.model.layer import EncoderLayer
from aisle.tasks.pretrain.model import PretrainingModel
from aisle.tasks.pretrain.token_files import TokenFiles
from aisle.tasks.pretrain.word_vectors import word_vectors

_SAMPLED = 2_000_000
_STRETCH = 50_000


def head_start(model: PretrainingModel, files: TokenFiles) -> None:
    """Begin with the frequencies of words in the head's bias, counted word vectors in the token table, and waves in
    the position table.

    Without the first, some hundred steps go by until the head says "the" more often than "zebra"; without the second,
    some thousand until words that stand together are alike. Waves, scaled to the spread of the token table, make a
    fixed distance between two positions a fixed rotation, which attention finds sooner than it would in a random table
    (arXiv 1706.03762, section 3.5; scaled as in arXiv 2212.14034). And `_hand_on`.
    """
    config = model.encoder.config
    ids_N = sample(files)
    with torch.no_grad():
        model.words.bias.copy_(log_frequencies(ids_N, config.vocab_size))
        words_W, vectors_WD = word_vectors(ids_N, config.vocab_size, config.hidden_size)
        model.table_VD[words_W] = vectors_WD * config.initializer_range
        _hand_on(model)
        positions = model.encoder.embeddings.position.weight
        waves_PD = sinusoids(len(positions), config.hidden_size)
        positions.copy_(waves_PD * (config.initializer_range / waves_PD.std()))


def _hand_on(model: PretrainingModel) -> None:
    """Let every attention layer hand on what it gathers, and the head what it is given: identities are added to the
    random matrices of value, output and head (arXiv 2305.09828).

    Attention begins nearly even, so a hidden token is first told from the mean of its text's word vectors; through
    small random matrices next to nothing of the text reaches it.
    """
    parts = [model.words.dense]
    for layer in model.encoder.layers:
        assert isinstance(layer, EncoderLayer)
        parts += [layer.attention.value, layer.attention.output]
    for part in parts:
        part.weight.add_(torch.eye(len(part.weight)))


def sample(files: TokenFiles) -> NDArray[np.int64]:
    """At most two million tokens of the text, in stretches that are spread over it evenly."""
    tokens_N = files.tokens_N
    if len(tokens_N) <= _SAMPLED:
        return tokens_N.astype(np.int64)
    starts = np.linspace(0, len(tokens_N) - _STRETCH, _SAMPLED // _STRETCH).astype(np.int64)
    return np.concatenate([tokens_N[start : start + _STRETCH] for start in starts]).astype(np.int64)


def log_frequencies(ids_N: NDArray[np.int64], vocab_size: int) -> Tensor:
    """The logarithm of each token's share (V,). A token that is never seen counts as seen once."""
    counts_V = np.bincount(ids_N, minlength=vocab_size) + 1.0
    return torch.from_numpy(np.log(counts_V / counts_V.sum())).float()


def sinusoids(positions: int, hidden_size: int) -> Tensor:
    """Sines in the even and cosines in the odd places, in wavelengths from 2 pi to 20,000 pi (P, D)."""
    place_P1 = torch.arange(positions)[:, None]
    rate_1E = torch.exp(torch.arange(0, hidden_size, 2) * (-math.log(10_000) / hidden_size))[None]
    waves_PD = torch.empty(positions, hidden_size)
    waves_PD[:, 0::2] = torch.sin(place_P1 * rate_1E)
    waves_PD[:, 1::2] = torch.cos(place_P1 * rate_1E)
    return waves_PD
