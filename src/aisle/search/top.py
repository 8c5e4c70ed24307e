"""The highest of many numbers, always the same ones.

Legend: N numbers, K kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def top(values_N: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Places of the `most` highest values, in rising order of place; of equal values the first ones are kept."""
    if most >= len(values_N):
        return np.arange(len(values_N))
    threshold = np.partition(values_N, len(values_N) - most)[len(values_N) - most]
    places = np.flatnonzero(values_N >= threshold)
    surplus = len(places) - most
    if surplus:
        last = np.flatnonzero(values_N[places] == threshold)[-surplus:]
        places = np.delete(places, last)
    return places
