"""A network and counts as one language model: p = (1 - w) · p_network + w · p_counted.

What counts know of usual phrases and what a network knows of everything before add up to more than either (Jelinek and
Mercer 1980, "Interpolated estimation of Markov source parameters from sparse data").

Legend: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.model.generation.next_tokens import NextTokens, log_softmax
from aisle.runtime.decoder import NumpyDecoder
from aisle.tasks.complete.language_model import LanguageModel, RememberingDecoder
from aisle.tasks.complete.ngrams import NgramModel
from aisle.text.tokenizer_files import read_json

_FILE = "mixture.json"


class Mixture:
    """Two language models of one vocabulary, the second one weighing `share`."""

    def __init__(self, network: LanguageModel, counted: NgramModel, share: float) -> None:
        self.network, self.counted, self.share = network, counted, share
        self.max_tokens = network.max_tokens

    def after(self, context: Sequence[int]) -> NextTokens:
        """One row that has read the context."""
        return MixtureRows(self.network.after(context), self.counted.after(context), self.share)


class MixtureRows:
    """Rows that both go on with."""

    def __init__(self, network: NextTokens, counted: NextTokens, share: float) -> None:
        self._network, self._counted = network, counted
        self._weights = math.log1p(-share), math.log(share)

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Log-probabilities (B, V) of what comes next."""
        network_BV = log_softmax(self._network.extend(tokens_BT)) + self._weights[0]
        counted_BV = self._counted.extend(tokens_BT) + self._weights[1]
        mixed_BV: NDArray[np.float32] = np.logaddexp(network_BV, counted_BV).astype(np.float32)
        return mixed_BV

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        self._network.select(rows_B)
        self._counted.select(rows_B)


def save_mixture(counted: NgramModel, share: float, directory: Path) -> None:
    """Write the counts and what they weigh beside a network."""
    counted.save(directory)
    write_atomic(directory / _FILE, json.dumps({"share": share}) + "\n")


def load_model(decoder: NumpyDecoder, directory: Path) -> LanguageModel:
    """The decoder of a completer's directory, mixed with the counts that lie beside it, if there are any.

    Raises
        UserError: the counts are damaged, or are of another vocabulary.
    """
    network = RememberingDecoder(decoder)
    counted = NgramModel.load(directory)
    if counted is None:
        return network
    if decoder.config.vocab_size != counted.V:
        raise UserError(
            f"{directory}: the model has {decoder.config.vocab_size} tokens and its n-grams {counted.V}; they do not "
            "belong together, so train the completer again"
        )
    values = read_json(directory / _FILE)
    share = values.get("share")
    if not isinstance(share, float) or not 0 < share < 1:
        raise UserError(f"{directory / _FILE} is missing or damaged; train the completer again")
    return Mixture(network, counted, share)
