"""Counting as a language model: n-grams with interpolated Kneser–Ney smoothing, over token ids. Free of torch.

Where there are minutes and not days of training, counts know the usual phrases better than a network does.

Legend: N tokens of the corpus, B rows, T tokens, V vocabulary, G distinct n-grams.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic

LONGEST = 4
"""Tokens of the longest n-grams that are counted beside a network."""
MOST = 4_000_000
"""N-grams of each length that are kept beside a network, the most frequent ones: 48 MB a length at most."""
_FILE = "ngrams.npz"
_Order: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
"""N-grams of one length as numbers to the base V, in order, and their counts."""


class NgramModel:
    """p(w | h) = max(c(hw) - d, 0) / c(h) + d · types(h) / c(h) · p(w | h without its first token).

    Below the longest n-grams a count is the number of distinct tokens seen before (continuation counts). Discounts are
    n1 / (n1 + 2 n2) of each order. Source: Chen and Goodman 1999, "An empirical study of smoothing techniques for
    language modeling", sections 2.7 and 4.1.
    """

    def __init__(
        self, tokens_N: NDArray[np.integer], vocab_size: int, *, order: int = 4, max_tokens: int = 128
    ) -> None:
        """Count the n-grams of a corpus.

        Raises
            UserError: n-grams of this order over this vocabulary do not fit into 64 bits, or there are no tokens.
        """
        if order * np.log2(vocab_size) >= 63:
            raise UserError(f"n-grams of order {order} over {vocab_size} tokens do not fit into 64 bits; lower one")
        if len(tokens_N) < order:
            raise UserError(f"{len(tokens_N)} tokens are too few for n-grams of order {order}")
        ids_N = tokens_N.astype(np.int64)
        # Keys of order n: the tokens as digits of a number to the base V, the oldest first.
        keys_N = [ids_N]
        for n in range(1, order):
            keys_N.append(keys_N[-1][:-1] * vocab_size + ids_N[n:])
        keys_G, counts_G = np.unique(keys_N[-1], return_counts=True)
        orders = [(keys_G, counts_G.astype(np.float64))]
        for n in range(order - 1, 0, -1):
            # Without its oldest token, each distinct longer n-gram is one continuation.
            shorter_G, types_G = np.unique(keys_G % vocab_size**n, return_counts=True)
            orders.insert(0, (shorter_G, types_G.astype(np.float64)))
            keys_G = shorter_G
        self._set(vocab_size, max_tokens, orders)

    def _set(self, vocab_size: int, max_tokens: int, orders: Sequence[_Order]) -> None:
        self.V, self.order, self.max_tokens = vocab_size, len(orders), max_tokens
        self._orders = orders
        self._discounts = [_discount(counts) for _, counts in orders]
        unigrams = np.zeros(vocab_size)
        keys, counts = orders[0]
        unigrams[keys] = counts
        # A little for tokens never seen.
        self._unigrams_V = (unigrams + 0.5) / (unigrams.sum() + 0.5 * vocab_size)

    def log_probabilities(self, context: Sequence[int]) -> NDArray[np.float32]:
        """The log-probability (V,) of every next token."""
        probabilities_V = self._unigrams_V
        for n in range(2, self.order + 1):
            if len(context) < n - 1:
                break
            history = 0
            for token in context[len(context) - n + 1 :]:
                history = history * self.V + int(token)
            keys_G, counts_G = self._orders[n - 1]
            first, end = np.searchsorted(keys_G, [history * self.V, (history + 1) * self.V])
            if first == end:
                break  # nothing longer has been seen either
            counts, discount = counts_G[first:end], self._discounts[n - 1]
            total = counts.sum()
            probabilities_V = probabilities_V * (discount * len(counts) / total)
            probabilities_V[keys_G[first:end] % self.V] += (counts - discount) / total
        result: NDArray[np.float32] = np.log(probabilities_V).astype(np.float32)
        return result

    def after(self, context: Sequence[int]) -> NgramRows:
        """One row that has read the context."""
        return NgramRows(self, [tuple(context)])

    def frequent(self, most: int) -> NgramModel:
        """With at most so many n-grams of each length above one token, the most frequent ones."""
        orders = [self._orders[0]]
        for keys_G, counts_G in self._orders[1:]:
            # Equally frequent ones stay or go together, so that no order of theirs decides.
            least = np.sort(counts_G)[-most] + 1 if len(counts_G) > most else 0
            orders.append((keys_G[counts_G >= least], counts_G[counts_G >= least]))
        return self._of(self.V, self.max_tokens, orders)

    @classmethod
    def _of(cls, vocab_size: int, max_tokens: int, orders: Sequence[_Order]) -> NgramModel:
        model = cls.__new__(cls)
        model._set(vocab_size, max_tokens, orders)
        return model

    def save(self, directory: Path) -> None:
        """Write `ngrams.npz`."""
        arrays = {f"keys_{n}": keys for n, (keys, _) in enumerate(self._orders, start=1)}
        arrays |= {f"counts_{n}": counts.astype(np.uint32) for n, (_, counts) in enumerate(self._orders, start=1)}
        with io.BytesIO() as buffer:
            np.savez(buffer, shape=np.array([self.V, self.order, self.max_tokens]), **arrays)  # type: ignore[arg-type]
            write_atomic(directory / _FILE, buffer.getvalue())

    @classmethod
    def load(cls, directory: Path) -> NgramModel | None:
        """Read it again; None where there is none.

        Raises
            UserError: it is damaged.
        """
        path = directory / _FILE
        try:
            with np.load(path) as arrays:
                vocab_size, order, max_tokens = map(int, arrays["shape"])
                orders = [
                    (arrays[f"keys_{n}"].astype(np.int64), arrays[f"counts_{n}"].astype(np.float64))
                    for n in range(1, order + 1)
                ]
            return cls._of(vocab_size, max_tokens, orders)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(f"{path} is damaged ({error}); train the completer again") from error

    def told(self, tokens_N: Sequence[int]) -> NDArray[np.float64]:
        """The log-probability (N - 1,) of each token but the first, given those before it, in nats."""
        ids = list(map(int, tokens_N))
        spans = ((ids[max(place - self.order + 1, 0) : place], ids[place]) for place in range(1, len(ids)))
        return np.array([self.log_probabilities(context)[token] for context, token in spans], np.float64)


class NgramRows:
    """Rows that the model goes on with: `aisle.model.generation.next_tokens.NextTokens`."""

    def __init__(self, model: NgramModel, rows: list[tuple[int, ...]]) -> None:
        self._model, self._rows = model, rows

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V) of what comes next: log-probabilities."""
        self._rows = [(*row, *new) for row, new in zip(self._rows, tokens_BT.tolist(), strict=True)]
        return np.stack([self._model.log_probabilities(row) for row in self._rows])

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        self._rows = [self._rows[row] for row in rows_B.tolist()]


def _discount(counts: NDArray[np.float64]) -> float:
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return once / (once + 2 * twice) if once and twice else 0.5
