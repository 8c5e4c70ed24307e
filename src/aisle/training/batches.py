"""Which examples a step sees, and how they are cut into forward passes. Functions of the seed and the step alone.

So the position in the data needs no saving: a run that goes on at step 700 sees what an unbroken run sees there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.training.settings import TrainingSettings


class Order:
    """Every epoch goes through all examples once, in an order of its own."""

    def __init__(self, num_examples: int, settings: TrainingSettings, processes: int = 1) -> None:
        """Raises UserError where there are too few examples for the parts and processes of a step."""
        self.num_examples = num_examples
        self.settings = settings
        # Every process needs an example of every part; a shorter rest of an epoch joins the batch before it.
        least = processes * settings.accumulation
        if num_examples < least or num_examples < 1 or settings.batch_size < least:
            raise UserError(
                f"{num_examples} training examples in batches of {settings.batch_size} cannot be shared among "
                f"{processes} processes and {settings.accumulation} parts of a step; give more examples or fewer parts"
            )
        rest = num_examples % settings.batch_size
        self.steps_per_epoch = max(num_examples // settings.batch_size + (rest >= least), 1)
        self._permutation = lru_cache(maxsize=2)(self._shuffled)

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        steps = math.ceil(self.settings.epochs * self.steps_per_epoch - 1e-9)
        return self.settings.max_steps or max(steps, 1)

    def examples(self, step: int) -> NDArray[np.int64]:
        """The numbers of the examples of a step, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        first = place * self.settings.batch_size
        last = self.num_examples if place + 1 == self.steps_per_epoch else first + self.settings.batch_size
        return self._permutation(epoch)[first:last]

    def ends_epoch(self, step: int) -> bool:
        """Whether the step is the last of its epoch."""
        return (step + 1) % self.steps_per_epoch == 0

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng((self.settings.seed, epoch)).permutation(self.num_examples)


def share(examples: NDArray[np.int64], lengths: NDArray[np.int64], process: int, processes: int) -> NDArray[np.int64]:
    """What one process gets of a batch: sorted by length and dealt out in turns, so that all have as much to do."""
    order = np.argsort(lengths[examples], kind="stable")
    return examples[order][process::processes]


def forwards(examples: NDArray[np.int64], lengths: NDArray[np.int64], token_budget: int) -> list[NDArray[np.int64]]:
    """Cut a batch into forward passes of texts of like length: rows x longest row stays within `token_budget`.

    A single example above the budget gets a pass to itself.
    """
    examples = examples[np.argsort(lengths[examples], kind="stable")]
    passes: list[NDArray[np.int64]] = []
    first = 0
    for place in range(1, len(examples) + 1):
        if place == len(examples) or (place + 1 - first) * int(lengths[examples[place]]) > token_budget:
            passes.append(examples[first:place])
            first = place
    return passes


def as_lengths(lengths: Sequence[int], num_examples: int) -> NDArray[np.int64]:
    """The task's lengths as an array; there must be one for every example."""
    lengths_N = np.asarray(lengths, np.int64)
    assert lengths_N.shape == (num_examples,), f"{lengths_N.shape} lengths for {num_examples} examples"
    return lengths_N
