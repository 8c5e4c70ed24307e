"""What a person sees of a run while it trains: a line at the start, a bar with loss, speed and time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class TrainingProgress(Protocol):
    """Whoever wants to know how a run goes."""

    def say(self, line: str) -> None:
        """Something to read: how it trains, what an evaluation found."""
        ...

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None:
        """Told after every step."""
        ...


class Unwatched:
    """Nobody looks."""

    def say(self, line: str) -> None: ...

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None: ...


class Lines:
    """For standard error that is no terminal: only what there is to read."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None: ...


class Bar(Lines):
    """A bar that moves."""

    def __init__(self, console: Console, drawn: Progress) -> None:
        super().__init__(console)
        self._bars = drawn
        self._task = drawn.add_task("", total=None, loss=float("nan"), speed=0.0)

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None:
        self._bars.update(self._task, completed=done, total=total, loss=loss, speed=tokens_per_second)


@contextmanager
def training_progress(*, shown: bool = True) -> Iterator[TrainingProgress]:
    """A bar on standard error if that is a terminal, only the lines if not, nothing at all if not `shown`."""
    if not shown:
        yield Unwatched()
        return
    console = Console(stderr=True, highlight=False)
    if not sys.stderr.isatty():
        yield Lines(console)
        return
    with bars(console) as drawn:
        yield Bar(console, drawn)


def bars(console: Console) -> Progress:
    """Where the bar of a run is drawn."""
    return Progress(
        TextColumn("step"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TextColumn("{task.fields[speed]:,.0f} tokens/s"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=console,
    )
