"""What a fresh encoder need not learn: how frequent words are, and that positions near each other are alike.

Neither changes what the encoder is: both only fill weights that training goes on changing.

Legend: V vocabulary, P positions, D hidden size.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from aisle.tasks.pretrain.model import PretrainingModel
from aisle.tasks.pretrain.token_files import TokenFiles

_SAMPLED = 2_000_000


def head_start(model: PretrainingModel, files: TokenFiles) -> None:
    """Begin with the frequencies of words in the head's bias, and with waves in the position table.

    Without the first, some hundred steps go by until the head says "the" more often than "zebra". Waves, scaled to the
    spread of the token table, make a fixed distance between two positions a fixed rotation, which attention finds
    sooner than it would in a random table (arXiv 1706.03762, section 3.5; scaled as in arXiv 2212.14034).
    """
    config = model.encoder.config
    with torch.no_grad():
        model.words.bias.copy_(log_frequencies(files, config.vocab_size))
        positions = model.encoder.embeddings.position.weight
        waves_PD = sinusoids(len(positions), config.hidden_size)
        positions.copy_(waves_PD * (config.initializer_range / waves_PD.std()))


def log_frequencies(files: TokenFiles, vocab_size: int) -> Tensor:
    """The logarithm of each token's share (V,), from at most two million tokens spread over the text.

    A token that is never seen counts as seen once.
    """
    step = max(len(files.tokens_N) // _SAMPLED, 1)
    counts_V = np.bincount(files.tokens_N[::step], minlength=vocab_size) + 1.0
    return torch.from_numpy(np.log(counts_V / counts_V.sum())).float()


def sinusoids(positions: int, hidden_size: int) -> Tensor:
    """Sines in the even and cosines in the odd places, in wavelengths from 2 pi to 20,000 pi (P, D)."""
    place_P1 = torch.arange(positions)[:, None]
    rate_1E = torch.exp(torch.arange(0, hidden_size, 2) * (-math.log(10_000) / hidden_size))[None]
    waves_PD = torch.empty(positions, hidden_size)
    waves_PD[:, 0::2] = torch.sin(place_P1 * rate_1E)
    waves_PD[:, 1::2] = torch.cos(place_P1 * rate_1E)
    return waves_PD
