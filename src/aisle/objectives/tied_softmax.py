"""Cross-entropy over a whole vocabulary, without ever holding the scores of all tokens.

Some hundred tokens at a time are scored, and their gradients are taken at once, while their scores are still in the
processor's cache; then the scores are forgotten. Beside PyTorch's own chain (product, log-softmax, pick, and each
one's gradient) this saves the memory of tokens x vocabulary numbers, and on a processor a tenth of the time with 8,192
words and a quarter with 30,522 (docs/pretraining.md).

Legend: M tokens, C tokens of a chunk, D vector length, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CHUNK = 256
"""Tokens that are scored together."""


def tied_softmax_loss(x_MD: Tensor, table_VD: Tensor, bias_V: Tensor, targets_M: Tensor) -> Tensor:
    """The mean of `-log softmax(x table^T + bias)[target]`, in nats, as one float32 number with a gradient.

    Under autocast products are taken in its type; sums, exponentials and logarithms always in float32.
    """
    loss: Tensor = _TiedSoftmax.apply(x_MD, table_VD, bias_V, targets_M)  # type: ignore[no-untyped-call]
    return loss


class _TiedSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x_MD: Tensor, table_VD: Tensor, bias_V: Tensor, targets_M: Tensor) -> Tensor:
        device = x_MD.device.type
        kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x_MD.dtype
        trains = any(context.needs_input_grad)
        with torch.autocast(device, enabled=False):
            loss, *gradients = _chunk_by_chunk(x_MD, table_VD, bias_V, targets_M, kind, trains)
        context.save_for_backward(*gradients)
        return loss

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x_MD, table_VD, bias_V = context.saved_tensors
        return x_MD * gradient, table_VD * gradient, bias_V * gradient, None


def _chunk_by_chunk(
    x_MD: Tensor, table_VD: Tensor, bias_V: Tensor, targets_M: Tensor, kind: torch.dtype, trains: bool
) -> tuple[Tensor, ...]:
    """The loss; and if it trains, its gradients with respect to vectors, table and bias."""
    M = len(x_MD)
    table_of_kind_VD = table_VD.to(kind)
    total = torch.zeros((), dtype=torch.float32, device=x_MD.device)
    gradient_x, gradient_table, gradient_bias = [], torch.zeros_like(table_VD), torch.zeros_like(bias_V)
    for x_CD, targets_C in zip(torch.split(x_MD.to(kind), CHUNK), torch.split(targets_M, CHUNK), strict=True):
        scores_CV = (x_CD @ table_of_kind_VD.T).float().add_(bias_V)
        scores_CV -= scores_CV.amax(dim=1, keepdim=True)
        picked_C1 = scores_CV.gather(1, targets_C[:, None])
        sums_C1 = scores_CV.exp_().sum(dim=1, keepdim=True)
        total += (sums_C1.log() - picked_C1).sum()
        if not trains:
            continue
        # (softmax - 1 at the target) / M
        scores_CV.div_(sums_C1 * M)
        scores_CV.scatter_add_(1, targets_C[:, None], scores_CV.new_full((len(targets_C), 1), -1 / M))
        gradient_bias += scores_CV.sum(dim=0)
        of_kind_CV = scores_CV.to(kind)
        gradient_x.append((of_kind_CV @ table_of_kind_VD).to(x_MD.dtype))
        if kind == table_VD.dtype:
            gradient_table.addmm_(of_kind_CV.T, x_CD)
        else:
            gradient_table += of_kind_CV.T @ x_CD
    loss = total / max(M, 1)
    return (loss, torch.cat(gradient_x), gradient_table, gradient_bias) if trains and M else (loss,)
