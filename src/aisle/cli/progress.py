"""A live progress bar on standard error that listens to `aisle.progress.Progress`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from aisle.cli.output import notices
from aisle.progress import Progress, silent


@contextmanager
def progress_bar(*, shown: bool = True) -> Iterator[Progress]:
    """Give a callback that draws one bar a stage; nothing is drawn when standard error is not a terminal."""
    if not shown or not sys.stderr.isatty():
        yield silent
        return
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=notices) as bars:
        tasks: dict[str, object] = {}

        def report(stage: str, done: int, total: int) -> None:
            task = tasks.get(stage)
            if task is None:
                task = tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(task, completed=done, total=total or None)  # type: ignore[arg-type]

        yield report
