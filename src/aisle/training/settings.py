"""What a training run can be told. One class for every task. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from aisle.errors import UserError

RUN_FILE = "run.json"
"""What a run tells of itself, in its directory."""
Schedule: TypeAlias = Literal["linear", "cosine", "one-cycle", "constant"]
TrainingPrecision: TypeAlias = Literal["auto", "f32", "bf16"]


# Without slots, so that a command can extend it and the settings of a task.
@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How to train. The defaults are those of BERT's fine-tuning (arXiv 1810.04805, section A.3)."""

    epochs: float = 1.0
    """How often the data is gone through; 0.5 is the first half of the first pass."""
    max_steps: int = 0
    """Stop after so many steps, whatever `epochs` says; 0 for no such limit. The schedule is laid over these steps."""
    minutes: float = 0.0
    """Stop in time for so many minutes, evaluations and checkpoints included, whatever `epochs` says; 0 for no such
    limit. The schedule is laid over the time, so that no two such runs are the same to the bit."""
    learning_rate: float = 2e-5
    """The highest learning rate, reached at the end of the warm-up."""
    schedule: Schedule = "linear"
    """What follows the warm-up: down to 0 in a line, or in half a cosine; `one-cycle`: up and down in half cosines;
    `constant`: stay."""
    warmup: float = 0.1
    """Share of all steps in which the learning rate rises from 0."""
    weight_decay: float = 0.01
    """Share of a weight that is taken off it a step, times the learning rate; never off biases and LayerNorm."""
    clip: float = 1.0
    """The greatest length of the gradient of all weights together; longer ones are scaled down; 0 for no limit."""
    batch_size: int = 32
    """Examples a step, all processes and all parts of it together."""
    token_budget: int = 4_096
    """The most tokens of one forward pass, padding included; a step with more is computed in several passes."""
    accumulation: int = 1
    """Parts that a step's batch is cut into, each with gradients of its own that are added up. Changes memory only,
    except for in-batch negatives, which each part then has to itself."""
    seed: int = 0
    """Decides the order of the data and every random number."""
    evaluate_every: int = 0
    """Steps between two evaluations on the dev data; 0 for the end of every epoch, or for some in `minutes`."""
    patience: int = 0
    """Stop after so many evaluations in a row without a better dev metric; 0 to go on to the end."""
    checkpoint_every: int = 250
    """Steps between two checkpoints from which a run that was killed goes on; 0 for none."""
    precision: TrainingPrecision = "auto"
    """Arithmetic of the forward pass: `auto` is bf16 (autocast) where the hardware is faster with it, else f32."""

    def __post_init__(self) -> None:
        if self.epochs <= 0 and not self.max_steps and not self.minutes:
            raise UserError(f"epochs is {self.epochs}; it must be greater than 0")
        for name in ("batch_size", "accumulation", "token_budget"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in (
            "max_steps",
            "minutes",
            "evaluate_every",
            "patience",
            "checkpoint_every",
            "weight_decay",
            "clip",
            "seed",
        ):
            if getattr(self, name) < 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must not be negative")
        if self.learning_rate <= 0:
            raise UserError(f"learning_rate is {self.learning_rate}; it must be greater than 0")
        if not 0 <= self.warmup <= 1:
            raise UserError(f"warmup is {self.warmup}; it is a share of all steps, from 0 to 1")
        if self.accumulation > self.batch_size:
            raise UserError(f"a batch of {self.batch_size} examples cannot be cut into {self.accumulation} parts")
        for name, allowed in (("schedule", get_args(Schedule)), ("precision", get_args(TrainingPrecision))):
            if getattr(self, name) not in allowed:
                raise UserError(f"{name} {getattr(self, name)!r} is not one of {', '.join(allowed)}")
