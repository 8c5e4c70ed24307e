"""Dropout whose random numbers cost less: 16 random bits a number, four numbers a draw.

torch draws a number of its own for each number that may be dropped, which on a processor takes about a tenth of a
training step. Everything else is as in `torch.nn.functional.dropout`: each number is dropped on its own with the
probability asked for (to one in 65,536), the others are scaled up so that the mean stays.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


def dropout(x: Tensor, rate: float, training: bool) -> Tensor:
    """`x` with a share `rate` of its numbers 0 and the others divided by 1 - rate; `x` itself outside training."""
    if not training or rate == 0:
        return x
    if x.device.type != "cpu":
        return functional.dropout(x, rate)
    dropped: Tensor = _Dropout.apply(x, rate)  # type: ignore[no-untyped-call]
    return dropped


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, rate: float) -> Tensor:
        limit = round(rate * 65_536)
        draws = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        bits = draws.view(torch.int16)[: x.numel()].view(x.shape)
        keep = bits >= limit - 32_768
        context.save_for_backward(keep)
        context.scale = 65_536 / (65_536 - limit)
        return x * keep.to(x.dtype).mul_(context.scale)

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (keep,) = context.saved_tensors
        return gradient * keep.to(gradient.dtype).mul_(context.scale), None
