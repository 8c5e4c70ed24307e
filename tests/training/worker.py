"""A training run in a process of its own, for the tests that kill it, take its disk away, or start two of it.

python -m tests.training.worker OUTPUT '{"kill_at": 7, "file_limit": 0, "task": {…}, "settings": {…}}'
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

from aisle.training.loop import train
from tests.training.toy import SETTINGS, ToyTask


class Killer:
    """Kills this process after a step, as the power does."""

    def __init__(self, step: int) -> None:
        self._step = step

    def say(self, line: str) -> None:
        print(line, file=sys.stderr)

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None:
        if done == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    output, orders = Path(sys.argv[1]), json.loads(sys.argv[2])
    torch.set_num_threads(1)
    if limit := orders.get("file_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    train(
        ToyTask(**orders.get("task", {})),
        replace(SETTINGS, **orders.get("settings", {})),
        output,
        progress=Killer(orders.get("kill_at", 0)),
    )


if __name__ == "__main__":
    main()
