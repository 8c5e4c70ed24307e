"""The training loop. One for every task.

A step: the batch is cut into forward passes of texts of like length, each loss is weighted by its share of the batch,
gradients add up (over passes and processes), are clipped, and AdamW takes a step. Everything that a step depends on is
in the checkpoint or a function of the step's number, so a run that was killed ends with the bits of an unbroken one.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from torch import nn

from aisle.errors import AisleError
from aisle.files.atomic import write_error
from aisle.training.batches import Order, as_lengths, forwards, share
from aisle.training.checkpoint import Checkpoints, Position
from aisle.training.clock import Clock
from aisle.training.curves import draw_curves
from aisle.training.failure import save_failed_batch
from aisle.training.memory import keep_freed_memory
from aisle.training.optimizer import make_optimizer, set_learning_rate
from aisle.training.precision import arithmetic, chosen_precision, opening_line
from aisle.training.progress import TrainingProgress, Unwatched
from aisle.training.ranks import add_up, from_first, joined, ranks
from aisle.training.records import Records
from aisle.training.schedule import share_after, share_of_learning_rate
from aisle.training.settings import TrainingSettings
from aisle.training.task import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingResult:
    """How a run ended."""

    steps: int
    """Steps taken, those before an interruption among them."""
    best: float | None
    """The dev metric of the weights that were kept; None without dev data."""
    best_step: int
    metrics: dict[str, float]
    """All dev metrics of the weights that were kept."""
    seconds: float
    """Time of this process, evaluations and checkpoints among it."""
    tokens_per_second: float
    """Tokens that went through the encoder in training, over the time of the steps alone."""
    loss: float
    """Mean loss of the last 50 steps."""


def train(
    task: Task,
    settings: TrainingSettings,
    output: Path,
    *,
    progress: TrainingProgress | None = None,
    about: Mapping[str, Any] | None = None,
    spent: float = 0.0,
) -> TrainingResult:
    """Train, keep the best by the dev metric, and save the product and the run's records in `output`.

    `about` says what is trained on what (JSON); with the settings it tells one run from another. An unfinished run of
    the same settings in `output` is gone on with. `spent` are seconds of `settings.minutes` that reading the data has
    used up. Under `torchrun` every process calls this.

    Raises
        UserError: `output` holds a finished run or one with other settings, or the settings do not fit the task.
        AisleError: the loss is not a number any more (the batch is saved), or no room is left for a checkpoint.
    """
    keep_freed_memory()
    with joined():
        clock = Clock(settings.minutes, spent=spent) if settings.minutes else None
        return _Run(task, settings, output, progress or Unwatched(), clock).go(about or {})


class _Run:
    def __init__(
        self, task: Task, settings: TrainingSettings, output: Path, progress: TrainingProgress, clock: Clock | None
    ) -> None:
        self.task, self.settings, self.output, self.clock = task, settings, output, clock
        self.progress = progress if ranks().first else Unwatched()
        self.device = (
            torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")
        )
        self.precision = chosen_precision(settings.precision, self.device)
        self.order = Order(task.num_examples(), settings, ranks().size)
        self.lengths_N = as_lengths(task.lengths(), task.num_examples())
        self.total = (settings.max_steps or sys.maxsize) if clock else self.order.total_steps
        self.records = Records(output)
        self.checkpoints = Checkpoints(output / "checkpoints")
        self.module = task.module.to(self.device)
        self.optimizer = make_optimizer(self.module, settings, task.parameter_groups(settings))
        self.trained = [weight for group in self.optimizer.param_groups for weight in group["params"]]
        self.position = Position()
        self.tokens, self.step_seconds, self.steps_here = 0, 0.0, 0
        self.evaluated = -1

    def go(self, about: Mapping[str, Any]) -> TrainingResult:
        started = time.perf_counter()
        line = opening_line(self.module, self.precision, self.device, ranks().size)
        self._begin(about, line)
        self.progress.say(line)
        try:
            while self.position.step < self.total and not self._patience_is_over() and not self._time_is_over():
                self._step()
            if self.clock is not None and self.evaluated != self.position.step < self.total:
                self._evaluate()
            # Should the product not find room, the run is not lost.
            if self.settings.checkpoint_every:
                self.checkpoints.save(self.position, self.module, self.optimizer)
            self._take_best()
            self._save_product()
        except AisleError as error:
            if ranks().first:
                with suppress(AisleError):  # the disk may be full
                    self.records.end("stopped", {"step": self.position.step, "reason": str(error)})
            raise
        result = self._result(time.perf_counter() - started)
        if ranks().first:
            draw_curves(self.records.metrics(), self.output / "curves.png", best_step=result.best_step)
            self.records.end("finished", asdict(result))
            self.checkpoints.clear()
        return result

    def _begin(self, about: Mapping[str, Any], line: str) -> None:
        """Start anew with seeded random numbers, or go on from the newest checkpoint."""
        if ranks().first:
            self.records.begin(self.settings, about, line)
            self.checkpoints.prepare()
        newest = from_first(self.checkpoints.newest())
        if newest is None:
            # Every process drops other numbers.
            seed = self.settings.seed + ranks().rank
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed % 2**32)
        else:
            self.position = self.checkpoints.restore(newest, self.module, self.optimizer)
            if self.clock is not None:
                self.clock.go_on(self.position.seconds)
            self.progress.say(f"going on from step {self.position.step}")
        if ranks().first:
            self.records.rewind(self.position.step)

    def _step(self) -> None:
        started = time.perf_counter()
        step = self.position.step
        way = self.clock.way() if self.clock is not None else 0.0
        share = (
            share_of_learning_rate(self.settings, step, self.total)
            if self.clock is None
            else share_after(self.settings, way)
        )
        rate = set_learning_rate(self.optimizer, share)
        self.module.train()
        loss, tokens = self._gradients(step)
        norm = self._clip()
        if not np.isfinite(loss) or not np.isfinite(norm):
            raise self._not_a_number(step, loss)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - started
        self.position.step += 1
        self.tokens += tokens
        self.step_seconds += seconds
        self.steps_here += 1
        if ranks().first:
            self.records.add(
                step=step + 1, loss=loss, lr=rate, gradient=norm, tokens=tokens, tokens_per_second=tokens / seconds
            )
        total = self.total if self.clock is None else max(round((step + 1) / max(way, 1e-3)), step + 1)
        self.progress.step(step + 1, total, loss, self.tokens / self.step_seconds)
        if self._evaluation_is_due(step):
            self._evaluate()
        every = self.settings.checkpoint_every
        if every and (step + 1) % every == 0 and step + 1 < self.total:
            if self.clock is not None:
                self.position.seconds = self.clock.elapsed
            self.checkpoints.save(self.position, self.module, self.optimizer)

    def _gradients(self, step: int) -> tuple[float, int]:
        """Leave the gradients of the whole batch in the weights; returns its loss and its tokens."""
        here, examples = ranks(), self.order.examples(step)
        counts = torch.zeros(2, dtype=torch.float64, device=self.device)  # loss, tokens
        for part in np.array_split(examples, self.settings.accumulation):
            own = share(part, self.lengths_N, here.rank, here.size)
            whole = not self.task.separable
            for some in [own] if whole else forwards(own, self.lengths_N, self.settings.token_budget):
                with arithmetic(self.precision, self.device):
                    found = self.task.loss(_moved(self.task.batch(some.tolist()), self.device))
                weight = (len(part) if whole else found.examples) / len(examples)
                torch.autograd.backward(found.value * weight)
                # A loss over the whole batch is the same at every process, and is counted once.
                counts[0] += found.value.detach() * weight / (here.size if whole else 1)
                counts[1] += found.tokens
        if here.size > 1:
            self._add_up_gradients()
            add_up([counts])
        loss, tokens = counts.tolist()
        return loss, int(tokens)

    def _add_up_gradients(self) -> None:
        """Give every weight the gradient of all processes together; a weight that none of them used keeps none."""
        used = torch.tensor([weight.grad is not None for weight in self.trained], dtype=torch.int32, device=self.device)
        add_up([used])
        trained = [weight for weight, uses in zip(self.trained, used.tolist(), strict=True) if uses]
        for weight in trained:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        add_up(weight.grad for weight in trained if weight.grad is not None)

    def _clip(self) -> float:
        """Scale the gradient down to the length allowed; returns its length before."""
        return float(nn.utils.clip_grad_norm_(self.trained, self.settings.clip or float("inf")))

    def _evaluation_is_due(self, step: int) -> bool:
        if step + 1 == self.total:
            return True
        every = self.settings.evaluate_every
        if every:
            return (step + 1) % every == 0
        return self.order.ends_epoch(step) if self.clock is None else self.clock.is_time_to_evaluate()

    def _evaluate(self) -> None:
        started = time.perf_counter()
        self._evaluate_and_keep_best()
        if self.clock is not None:
            self.clock.evaluated(time.perf_counter() - started)

    def _evaluate_and_keep_best(self) -> None:
        step = self.position.step
        self.evaluated = step
        metrics = {}
        if ranks().first:
            self.module.eval()
            with torch.no_grad(), arithmetic(self.precision, self.device):
                metrics = {name: float(value) for name, value in self.task.evaluate().items()}
        metrics = from_first(metrics)
        if not metrics:
            return
        value = metrics[self.task.dev_metric]
        better = self.position.best is None or value > self.position.best
        if better:
            self.position.best, self.position.best_step, self.position.best_metrics = value, step, metrics
        self.position.without_better = 0 if better else self.position.without_better + 1
        if ranks().first:
            self.records.add(step=step, dev=metrics)
            if better:
                self.checkpoints.save_best(self.position, self.module)
        shown = ", ".join(f"{name} {number:.4g}" for name, number in metrics.items())
        self.progress.say(f"step {step}: {shown}{' (best so far)' if better else ''}")

    def _time_is_over(self) -> bool:
        return self.clock is not None and self.clock.is_over(self.step_seconds / max(self.steps_here, 1))

    def _patience_is_over(self) -> bool:
        return 0 < self.settings.patience <= self.position.without_better

    def _take_best(self) -> None:
        """Take the best weights in place of the last."""
        if self.position.best is not None and self.position.best_step != self.position.step and ranks().first:
            self.checkpoints.load_best(self.module)
        self.module.eval()

    def _save_product(self) -> None:
        if not ranks().first:
            return
        try:
            self.task.save(self.output)
        except OSError as error:
            raise write_error(self.output, error) from error
        except SafetensorError as error:
            raise AisleError(f"{self.output}: the trained weights cannot be written ({error})") from error

    def _not_a_number(self, step: int, loss: float) -> AisleError:
        path = save_failed_batch(self.task, self.order.examples(step), step + 1, loss, self.output)
        newest = self.checkpoints.newest()
        return AisleError(
            f"at step {step + 1} the loss is {loss} or its gradient is not finite; the batch is saved in {path}, "
            f"the last checkpoint is {newest or 'none'}; lower the learning rate, clip, or look at that batch"
        )

    def _result(self, seconds: float) -> TrainingResult:
        losses = [line["loss"] for line in self.records.metrics() if "loss" in line][-50:] if ranks().first else []
        return TrainingResult(
            steps=self.position.step,
            best=self.position.best,
            best_step=self.position.best_step or self.position.step,
            metrics=self.position.best_metrics,
            seconds=seconds,
            tokens_per_second=self.tokens / self.step_seconds if self.step_seconds else 0.0,
            loss=float(np.mean(losses)) if losses else float("nan"),
        )


def _moved(batch: Any, device: torch.device) -> Any:
    """A batch on the device: whatever has `.to(device)`."""
    return batch if device.type == "cpu" else batch.to(device)
