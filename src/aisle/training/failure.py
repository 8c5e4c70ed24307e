"""What is left of a step that went wrong, for a person to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.files.atomic import atomic_file
from aisle.training.ranks import ranks
from aisle.training.task import Task


def save_failed_batch(task: Task, examples: NDArray[np.int64], step: int, loss: float, output: Path) -> Path:
    """Save the numbers of the batch's examples and its tensors; `torch.load(path, weights_only=False)` reads them."""
    path = output / f"failed-step-{step}.pt"
    if ranks().first:
        with atomic_file(path) as file:
            torch.save(
                {"step": step, "loss": loss, "examples": examples.tolist(), "batch": task.batch(examples.tolist())},
                file,
            )
    return path
