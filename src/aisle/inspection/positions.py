"""The sinusoidal position vectors, to look at beside the learned ones.

Legend: P positions, D hidden size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def sinusoidal(positions: int, size: int) -> NDArray[np.float32]:
    """Position vectors (P, D) made by a formula: sine in the even places, cosine in the odd ones.

    PE(p, 2i) = sin(p / 10000^(2i/D)) and PE(p, 2i+1) = cos(p / 10000^(2i/D)): the angle of each pair of places turns
    with the position, from once in 2π positions to once in 2π · 10000. Source: Vaswani et al. 2017 (arXiv 1706.03762),
    section 3.5.
    """
    place_D = np.arange(size)
    angle_PD = np.arange(positions)[:, None] / 10_000 ** ((place_D - place_D % 2) / size)
    return np.where(place_D % 2, np.cos(angle_PD), np.sin(angle_PD)).astype(np.float32)
