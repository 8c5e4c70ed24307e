"""What the loop is handed: a module, examples, a loss, an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Loss:
    """What one forward pass found."""

    value: Tensor
    """The sum over the examples divided by their number, as one number with a gradient. Where examples have weights,
    still divide by the number of examples: only then do several passes add up to the whole batch."""
    examples: int
    """How many examples it is the mean of."""
    tokens: int
    """Tokens that went through the encoder, for the speed that is reported."""


class Task(Protocol):
    """One thing to train for. Derive from it to have the defaults."""

    module: nn.Module
    """Everything that trains, the encoder among it. What has `requires_grad` False is frozen."""
    dev_metric: str
    """The key of `evaluate()` that early stopping and "best" look at; higher is better."""
    separable: bool = True
    """Whether a batch's loss is the mean of losses that each depend on one example only, so that a batch may be cut
    into several forward passes and over processes. Where it is not (in-batch negatives), `loss` is called once with
    everything that this process has of the batch, and returns the loss of the batch of all processes."""

    def num_examples(self) -> int:
        """How many training examples there are."""
        ...

    def lengths(self) -> Sequence[int]:
        """Tokens of each example, for grouping by length."""
        ...

    def batch(self, examples: Sequence[int]) -> Any:
        """The examples with these numbers as tensors on the CPU. On a GPU the loop calls `.to(device)` on it."""
        ...

    def loss(self, batch: Any) -> Loss:
        """The mean loss of a batch; the module is in training mode."""
        ...

    def evaluate(self) -> Mapping[str, float]:
        """Metrics on the dev data; the module is in evaluation mode and gradients are off."""
        ...

    def parameter_groups(self, settings: TrainingSettings) -> list[dict[str, Any]] | None:
        """Groups as `torch.optim.AdamW` takes them, each with its highest `lr`; None for the usual two groups."""
        return None

    def save(self, directory: Path) -> None:
        """Write the finished product."""
        ...
