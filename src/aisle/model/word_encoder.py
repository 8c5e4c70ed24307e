"""Encoders over word vectors: the average, a deep averaging network, a BiLSTM with max pooling.

What the SBERT paper compares a Transformer with. Nothing is padded: texts come in runs of equal length, shortest first,
as in `training/packed.py`, and a text's vector cannot depend on its neighbours.

Legend: B texts, N words of all texts together, T words of each text of a run, R texts of a run, E size of a word's
vector, H hidden size, D size of a text's vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout
from torch.nn.utils.rnn import PackedSequence

from aisle.model.word_config import BIGRAM_FACTOR, WordConfig
from aisle.model.word_files import read_word_weights, write_word_encoder

Runs = Sequence[tuple[int, int]]
"""(texts R, words T of each), one entry a length."""


class WordEncoder(nn.Module):
    """The mean of a text's word vectors. Source: the "Avg. GloVe embeddings" of arXiv 1908.10084, Table 1."""

    def __init__(self, config: WordConfig) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.vocab_size, config.word_size)

    def forward(self, ids_N: Tensor, runs: Runs) -> Tensor:
        """One vector (B, D) a text, in the order of the runs."""
        return torch.cat([x_RTE.mean(dim=1) for x_RTE in _by_runs(self.words(ids_N), runs)])

    def save(self, directory: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        weights = {name: tensor.float().cpu().numpy() for name, tensor in self.state_dict().items()}
        write_word_encoder(directory, self.config, weights)


class DeepAverage(WordEncoder):
    """Words and neighbouring pairs of words averaged together, then dense layers.

    Formula: `h_0 = mean(words, bigrams)`, `h_k = tanh(W_k h_(k-1) + b_k)`; the vector is the last h.
    Source: Cer et al. 2018 (arXiv 1803.11175), section 3.2, after Iyyer et al. 2015 (Deep Unordered Composition).
    """

    def __init__(self, config: WordConfig) -> None:
        super().__init__(config)
        self.bigrams = nn.Embedding(config.bigram_rows, config.word_size) if config.bigram_rows else None
        if self.bigrams is not None:
            # Most pairs are seen a few times at best: those that were not learnt should say nothing.
            nn.init.zeros_(self.bigrams.weight)
        sizes = [config.word_size, *[config.hidden_size] * config.num_layers]
        self.dense = nn.ModuleList(nn.Linear(size, config.hidden_size) for size in sizes[:-1])

    def forward(self, ids_N: Tensor, runs: Runs) -> Tensor:
        h_BH = torch.cat([self._average(ids_RT) for ids_RT in _by_runs(ids_N, runs)])
        for layer in self.dense:
            h_BH = torch.tanh(layer(dropout(h_BH, self.config.dropout, self.training)))
        return h_BH

    def _average(self, ids_RT: Tensor) -> Tensor:
        x_RTE: Tensor = self.words(ids_RT)
        if self.bigrams is None or ids_RT.shape[1] == 1:
            return x_RTE.mean(dim=1)
        rows = (ids_RT[:, :-1] * BIGRAM_FACTOR + ids_RT[:, 1:]) % self.config.bigram_rows
        return torch.cat([x_RTE, self.bigrams(rows)], dim=1).mean(dim=1)


class BiLstmMax(WordEncoder):
    """An LSTM in both directions, and the greatest number in each place over all words.

    Source: Conneau et al. 2017 (InferSent, arXiv 1705.02364), section 3.2.2.
    """

    def __init__(self, config: WordConfig) -> None:
        super().__init__(config)
        self.lstm = nn.LSTM(config.word_size, config.hidden_size, bidirectional=True)

    def forward(self, ids_N: Tensor, runs: Runs) -> Tensor:
        x_NE = dropout(self.words(ids_N), self.config.dropout, self.training)
        order_N, together = time_major(runs)
        order_N = order_N.to(x_NE.device)
        packed, _ = self.lstm(PackedSequence(x_NE[order_N], together))
        back_N = torch.empty_like(order_N)
        back_N[order_N] = torch.arange(len(order_N), device=order_N.device)
        return torch.cat([h_RTD.amax(dim=1) for h_RTD in _by_runs(packed.data[back_N], runs)])


def time_major(runs: Runs) -> tuple[Tensor, Tensor]:
    """For words that lie text by text, shortest text first: their order (N,) as a `PackedSequence` has them.

    That is all first words, then all second ones, …, longest text first; and how many texts have a word at each time.
    """
    lengths_B = np.concatenate([np.full(texts, length) for texts, length in runs])
    first_B = np.cumsum(lengths_B) - lengths_B
    times = np.arange(int(lengths_B[-1]))
    order = [first_B[lengths_B > time][::-1] + time for time in times]
    return torch.from_numpy(np.concatenate(order)), torch.tensor([len(part) for part in order])


_KINDS = {"average": WordEncoder, "dan": DeepAverage, "bilstm": BiLstmMax}


def fresh_word_encoder(config: WordConfig) -> WordEncoder:
    """The encoder with weights at random."""
    return _KINDS[config.architecture](config)


def load_word_encoder(directory: str | Path) -> WordEncoder:
    """Read a checkpoint directory; the encoder is in evaluation mode.

    Raises
        UserError: a file is missing or damaged, or config and weights do not belong together.
    """
    encoder = fresh_word_encoder(WordConfig.load(directory))
    # Copied, because arrays that are mapped from a file may not be written to.
    state = {name: torch.tensor(array) for name, array in read_word_weights(directory).items()}
    encoder.load_state_dict(state)
    return encoder.eval()


def _by_runs(x_N: Tensor, runs: Runs) -> list[Tensor]:
    """The rows of each run as (R, T, …)."""
    parts = torch.split(x_N, [texts * length for texts, length in runs])
    return [part.view(texts, length, *part.shape[1:]) for part, (texts, length) in zip(parts, runs, strict=True)]
