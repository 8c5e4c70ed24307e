"""The learning rate of each step, as a share of the highest one: a function of the step, so nothing has to be saved."""

from __future__ import annotations

import math

from aisle.training.settings import TrainingSettings


def share_of_learning_rate(settings: TrainingSettings, step: int, total: int) -> float:
    """For step `step` of `total`, counted from 0; in (0, 1].

    Warm-up: (step + 1) / w over the first w steps. Then, with p in [0, 1) the way that is left behind: 1 - p (linear),
    (1 + cos πp) / 2 (cosine and one-cycle), 1 (constant). One-cycle rises by (1 - cos πq) / 2 instead of in a line.
    Sources: BERT (arXiv 1810.04805), SGDR (1608.03983), super-convergence (1708.07120).
    """
    warm = min(round(settings.warmup * total), total)
    if step < warm:
        return _rising(settings, (step + 1) / warm)
    return _falling(settings, (step - warm) / max(total - warm, 1))


def share_after(settings: TrainingSettings, way: float) -> float:
    """The same where the time is given and not the steps: `way` is the share of it that is gone (arXiv 2212.14034)."""
    if way < settings.warmup:
        return max(_rising(settings, way / settings.warmup), 1e-3)
    return max(_falling(settings, (way - settings.warmup) / max(1 - settings.warmup, 1e-9)), 1e-3)


def _rising(settings: TrainingSettings, rise: float) -> float:
    return (1 - math.cos(math.pi * rise)) / 2 if settings.schedule == "one-cycle" else rise


def _falling(settings: TrainingSettings, way: float) -> float:
    if settings.schedule == "linear":
        return 1 - way
    if settings.schedule == "constant":
        return 1.0
    return (1 + math.cos(math.pi * way)) / 2
