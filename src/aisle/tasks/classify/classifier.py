"""`Classifier`: texts in, classes and their probabilities out, without torch.

Legend: N texts, C classes, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import erf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.evaluation.calibration import probabilities
from aisle.evaluation.classification import decisions
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.classify.description import Description, read_head

UNSURE = "unsure"
_erf = np.frompyfunc(erf, 1, 1)

ACTIVATIONS: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "gelu": lambda x: np.asarray(x * (0.5 + 0.5 * _erf(x / np.sqrt(2)).astype(np.float32)), np.float32),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """What is said of one text."""

    labels: tuple[str, ...]
    """One class, or with several classes a text those that reach their thresholds; empty for unsure, or for none."""
    unsure: bool
    probabilities: dict[str, float]
    """Of every class."""


class Classifier:
    """A trained encoder with its head. Safe to use from many threads."""

    def __init__(self, directory: str | Path, *, settings: EngineSettings | None = None) -> None:
        """Open the output directory of `aisle train classifier`.

        Raises
            UserError: it holds no classifier, or its parts do not belong together.
        """
        folder = Path(directory).expanduser()
        self.description = Description.load(folder)
        self.encoder = SentenceEncoder.load(folder, settings=settings)
        self.labels = self.description.labels
        self._layers = read_head(folder, self.encoder.dim, len(self.labels))
        self._thresholds_C = np.array(self.description.thresholds) if self.description.multi_label else None

    @property
    def thresholds_C(self) -> NDArray[np.float64] | None:
        """With several classes a text, the probability from which on each is said."""
        return self._thresholds_C

    def probabilities(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], int]:
        """The probability of each class (N, C), and how many texts were too long and were cut."""
        encoded = self.encoder.encode_counted(texts, normalize=False)
        x_ND = encoded.vectors
        activate = ACTIVATIONS[self.description.activation]
        for number, (weight, bias) in enumerate(self._layers):
            x_ND = x_ND @ weight.T + bias
            if number + 1 < len(self._layers):
                x_ND = activate(x_ND)
        found_NC = probabilities(
            x_ND.astype(np.float64), self.description.temperature, multi_label=self.description.multi_label
        )
        return found_NC, encoded.truncated_texts

    def predictions(self, probabilities_NC: NDArray[np.float64], unsure_below: float | None = None) -> list[Prediction]:
        """What is said with these probabilities; without `unsure_below`, by the classifier's own threshold."""
        least = self.description.unsure if unsure_below is None else unsure_below
        says_NC = decisions(probabilities_NC, self._thresholds_C)
        unsure_N = probabilities_NC.max(axis=1) < least
        return [
            Prediction(
                labels=() if unsure else tuple(self.labels[c] for c in np.flatnonzero(says)),
                unsure=bool(unsure),
                probabilities=dict(zip(self.labels, chances.tolist(), strict=True)),
            )
            for says, unsure, chances in zip(says_NC, unsure_N, probabilities_NC, strict=True)
        ]

    def classify(self, texts: Sequence[str], *, unsure_below: float | None = None) -> list[Prediction]:
        """The class of each text, in their order."""
        return self.predictions(self.probabilities(texts)[0], unsure_below)
