"""AdamW with the usual exclusions."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from aisle.errors import UserError
from aisle.training.settings import TrainingSettings


def usual_groups(module: nn.Module, settings: TrainingSettings) -> list[dict[str, Any]]:
    """Two groups: weight matrices and tables, which decay, and biases and LayerNorm, which do not."""
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return groups_by_decay(trained, settings, settings.learning_rate)


def groups_by_decay(
    parameters: list[nn.Parameter], settings: TrainingSettings, learning_rate: float
) -> list[dict[str, Any]]:
    """The same two groups for some of the parameters, with a learning rate of their own; empty ones are left out."""
    decayed = [parameter for parameter in parameters if parameter.ndim > 1]
    others = [parameter for parameter in parameters if parameter.ndim <= 1]
    groups = [
        {"params": decayed, "lr": learning_rate, "weight_decay": settings.weight_decay},
        {"params": others, "lr": learning_rate, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def make_optimizer(
    module: nn.Module, settings: TrainingSettings, groups: list[dict[str, Any]] | None
) -> torch.optim.Optimizer:
    """AdamW (arXiv 1711.05101) in one fused kernel. Every group remembers its highest learning rate as `peak`.

    Raises
        UserError: everything is frozen.
    """
    groups = groups if groups is not None else usual_groups(module, settings)
    if not any(group["params"] for group in groups):
        raise UserError("every weight is frozen, so there is nothing to train; freeze fewer layers")
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)
    for group in optimizer.param_groups:
        group["peak"] = group["lr"]
    return optimizer


def set_learning_rate(optimizer: torch.optim.Optimizer, share: float) -> float:
    """Set every group to this share of its peak; returns the greatest of them."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
    return max(float(group["lr"]) for group in optimizer.param_groups)
