"""Runs an encoder over word vectors without torch: the same numbers as `model/word_encoder.py`, in numpy.

Legend: N texts, R texts of one batch, T words of each, E size of a word's vector, H hidden size, D size of a text's
vector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.word_config import BIGRAM_FACTOR, WordConfig
from aisle.text.word_level import known_words

_BATCH = 256
"""Texts computed at once."""


class WordEngine:
    """One encoder over word vectors. Safe to call from many threads; its arithmetic is always float32."""

    precision = "f32"

    def __init__(self, config: WordConfig, weights: Mapping[str, NDArray[np.float32]], precision: str = "auto") -> None:
        if precision not in ("auto", self.precision):
            raise UserError(f"precision is {precision!r}; encoders over word vectors compute in f32 alone")
        self.config = config
        self.dim = config.dim
        """Length of a vector, D."""
        self._weights = weights
        self._pool: Callable[[NDArray[np.int64]], NDArray[np.float32]] = {
            "average": self._average,
            "dan": self._deep_average,
            "bilstm": self._bilstm,
        }[config.architecture]

    def run(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Vectors (N, D), not normalised, of N sequences of token ids; special tokens and unknown words are skipped."""
        words = known_words(ids)
        lengths_N = np.fromiter(map(len, words), np.int64, len(words))
        vectors_ND = np.empty((len(words), self.dim), np.float32)
        for length in np.unique(lengths_N).tolist():
            texts = np.flatnonzero(lengths_N == length)
            for start in range(0, len(texts), _BATCH):
                some = texts[start : start + _BATCH]
                vectors_ND[some] = self._pool(np.array([words[text] for text in some.tolist()], np.int64))
        return vectors_ND

    def _average(self, ids_RT: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(self._weights["words.weight"][ids_RT].mean(axis=1))

    def _deep_average(self, ids_RT: NDArray[np.int64]) -> NDArray[np.float32]:
        x_RTE = self._weights["words.weight"][ids_RT]
        if self.config.bigram_rows and ids_RT.shape[1] > 1:
            rows = (ids_RT[:, :-1] * BIGRAM_FACTOR + ids_RT[:, 1:]) % self.config.bigram_rows
            x_RTE = np.concatenate([x_RTE, self._weights["bigrams.weight"][rows]], axis=1)
        h_RH = x_RTE.mean(axis=1)
        for layer in range(self.config.num_layers):
            h_RH = np.tanh(h_RH @ self._weights[f"dense.{layer}.weight"].T + self._weights[f"dense.{layer}.bias"])
        return np.asarray(h_RH, np.float32)

    def _bilstm(self, ids_RT: NDArray[np.int64]) -> NDArray[np.float32]:
        x_RTE = self._weights["words.weight"][ids_RT]
        return np.concatenate([self._lstm_max(x_RTE, ""), self._lstm_max(x_RTE[:, ::-1], "_reverse")], axis=1)

    def _lstm_max(self, x_RTE: NDArray[np.float32], way: str) -> NDArray[np.float32]:
        """The greatest numbers (R, H) over all words, read from first to last.

        `i, f, g, o = W_ih x + b_ih + W_hh h + b_hh`; `c = sigmoid(f) c + sigmoid(i) tanh(g)`; `h = sigmoid(o) tanh(c)`.
        """
        H = self.config.hidden_size
        ih, hh = self._weights[f"lstm.weight_ih_l0{way}"], self._weights[f"lstm.weight_hh_l0{way}"]
        bias = self._weights[f"lstm.bias_ih_l0{way}"] + self._weights[f"lstm.bias_hh_l0{way}"]
        gates_RT4H = x_RTE @ ih.T + bias
        h_RH = c_RH = np.zeros((len(x_RTE), H), np.float32)
        best_RH = np.full((len(x_RTE), H), -np.inf, np.float32)
        for time in range(x_RTE.shape[1]):
            i_RH, f_RH, g_RH, o_RH = np.split(gates_RT4H[:, time] + h_RH @ hh.T, 4, axis=1)
            c_RH = _sigmoid(f_RH) * c_RH + _sigmoid(i_RH) * np.tanh(g_RH)
            h_RH = _sigmoid(o_RH) * np.tanh(c_RH)
            best_RH = np.maximum(best_RH, h_RH)
        return best_RH


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + e^-x), by tanh, which cannot overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x), np.float32)
