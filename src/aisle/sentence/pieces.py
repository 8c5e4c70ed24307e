"""Pieces of words with a vector and a weight each, as towers keep them for late interaction. Free of torch.

Legend: V pieces of the vocabulary, D vector length.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.model.tensor_files import read_tensors, write_tensors

PIECES_FILE = "pieces.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What `aisle.objectives.late_interaction` learned: a row for each token of the towers' vocabulary."""

    vectors_VD: NDArray[np.float32]
    """Of unit length."""
    weights_V: NDArray[np.float32]
    """How much a piece counts where it stands in a query; above 0."""

    def save(self, directory: Path) -> None:
        """Write `pieces.safetensors`."""
        write_tensors(directory / PIECES_FILE, {"vectors": self.vectors_VD, "weights": self.weights_V})

    @classmethod
    def load(cls, directory: Path) -> Pieces | None:
        """Those of towers; None where they were trained without.

        Raises
            UserError: the file is damaged.
            DamagedError: it holds something else.
        """
        path = directory / PIECES_FILE
        if not path.is_file():
            return None
        tensors = dict(read_tensors(path))
        vectors_VD, weights_V = tensors.get("vectors"), tensors.get("weights")
        if vectors_VD is None or weights_V is None or vectors_VD.ndim != 2 or weights_V.shape != vectors_VD.shape[:1]:
            raise DamagedError(f"{path} must hold a vector and a weight a piece; train the towers again")
        return cls(vectors_VD, weights_V)
