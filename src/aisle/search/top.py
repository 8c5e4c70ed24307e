"""Small sets of product numbers: the highest of many, and those of several lists.

Legend: N numbers, K kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", bound=np.integer)


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


def merged(lists: Sequence[NDArray[_Number]]) -> NDArray[_Number]:
    """The distinct numbers of several lists, in rising order. For a few thousand numbers quicker than numpy.unique."""
    numbers = np.sort(np.concatenate(lists))
    first = np.ones(len(numbers), np.bool_)
    first[1:] = numbers[1:] != numbers[:-1]
    return numbers[first]
