"""How much of the hardware a run uses: the multiplications it needs, over those that one large product does.

Legend: T tokens of a row, D hidden size, F feed-forward size, V vocabulary.
"""

from __future__ import annotations

import time

import torch

from aisle.model.config import EncoderConfig
from aisle.training.settings import TrainingPrecision

_SIDE = {"cpu": 1_536, "cuda": 8_192}
_SECONDS = 0.3


def operations_per_token(config: EncoderConfig, row_tokens: int, mask_rate: float) -> float:
    """Additions and multiplications of a training step for each token: three times the forward pass's.

    Counted are matrix products only: four D x D and two D x F of each layer, the two of attention over a row of T, and
    the head's D x D and D x V for the share of the tokens that it is computed for.
    """
    D, F = config.hidden_size, config.feed_forward_size
    layer = 4 * D * D + 2 * D * F + 2 * row_tokens * D
    head = mask_rate * (D * D + D * config.vocab_size)
    return 3 * 2 * (config.num_layers * layer + head)


def matrix_peak(precision: TrainingPrecision, device: torch.device) -> float:
    """Operations a second of one large matrix product here, as training multiplies: the best of some tries."""
    side = _SIDE[device.type]
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    best, end = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < end or best == float("inf"):
        started = time.perf_counter()
        a @ b
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - started)
    return 2 * side**3 / best
