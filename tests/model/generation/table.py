"""A model whose probabilities are written down: the next token depends on the last one only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class TableSteps:
    """Scores are the logarithms of the row of the last token."""

    def __init__(self, probabilities_VV: object) -> None:
        with np.errstate(divide="ignore"):
            self.scores_VV = np.log(np.asarray(probabilities_VV, np.float32))
        self.last_B = np.zeros(0, np.int64)

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        self.last_B = tokens_BT[:, -1]
        return self.scores_VV[self.last_B]

    def select(self, rows_B: NDArray[np.int64]) -> None:
        self.last_B = self.last_B[rows_B]
