"""Kill a real process with SIGKILL at random moments, again and again, and look at what it left each time.

    def check(said: list[str]) -> None: ...            # the whole lines the process printed before it died
    kill_rounds(lambda round: [sys.executable, "worker.py", shop], check, rounds=25, seed=7, longest_seconds=0.2)

The process prints a line, flushed, after each write that it was told is safe: those lines are the acknowledgements that
must hold after the kill. A line `ready` starts the clock, so that starting Python is not what gets killed.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

READY = "ready"


def kill_rounds(
    command: Callable[[int], Sequence[str]],
    check: Callable[[list[str]], None],
    *,
    rounds: int,
    seed: int,
    longest_seconds: float,
    wait_for_ready: bool = True,
) -> int:
    """Run `command(round)` `rounds` times, kill each run at a random moment, call `check`; how many runs were killed.

    The moments come from `seed`, which is printed, so that a failure can be tried again. A run may end well before its
    kill; one that fails by itself is an error.
    """
    print(f"kill moments from seed {seed}")
    moments = random.Random(seed)
    killed = 0
    for number in range(rounds):
        after = moments.uniform(0, longest_seconds)
        said, was_killed = _killed_run(command(number), after, wait_for_ready)
        killed += was_killed
        try:
            check(said)
        except BaseException as error:
            error.add_note(f"seed {seed}, round {number}, killed {after:.4f} s after its start; it had said: {said}")
            raise
    return killed


def _killed_run(command: Sequence[str], after: float, wait_for_ready: bool) -> tuple[list[str], bool]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline() if wait_for_ready else ""
        time.sleep(after)
        process.kill()
        rest = process.stdout.read()
        complaint = process.stderr.read()
        status = process.wait()
    assert status in (0, -signal.SIGKILL), f"the process failed by itself ({status}): {complaint}"
    assert first == f"{READY}\n" or not wait_for_ready, f"the process never got ready: {first!r} {complaint}"
    # A last line without its end was not said in full.
    return rest.split("\n")[:-1], status != 0
