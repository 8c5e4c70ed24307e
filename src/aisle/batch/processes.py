"""Shards in plain processes of this machine; one that dies is started again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress

from aisle.batch.work import Work
from aisle.errors import AisleError, UserError
from aisle.progress import Progress, silent

TRIES = 3
"""How often a shard is tried before the work is given up."""
_PAUSE_SECONDS = 0.02


def do_in_processes(work: Work, workers: int, progress: Progress = silent) -> int:
    """Do the shards that are missing, so many at a time; how many had to be started again.

    Raises `UserError` or `AisleError` with what a worker said when it failed for good. What is done stays done.
    """
    waiting, tries, again = work.missing(), Counter[int](), 0
    running: dict[int, subprocess.Popen[bytes]] = {}
    with tempfile.TemporaryFile() as said:
        try:
            while waiting or running:
                progress("shards", work.shards - len(waiting) - len(running), work.shards)
                while waiting and len(running) < workers:
                    shard = waiting.pop(0)
                    tries[shard] += 1
                    running[shard] = _started(work, shard, said.fileno())
                time.sleep(_PAUSE_SECONDS)
                for shard, process in list(running.items()):
                    status = process.poll()
                    if status is None:
                        continue
                    del running[shard]
                    if status == 2 or (status and tries[shard] == TRIES):
                        said.seek(0)
                        raise _failure(shard, work.shards, status, said.read().decode(errors="replace"))
                    if status:
                        again += 1
                        waiting.insert(0, shard)
            progress("shards", work.shards, work.shards)
            return again
        finally:
            for process in running.values():
                with suppress(ProcessLookupError):
                    process.kill()
                process.wait()


def _started(work: Work, shard: int, errors: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "aisle.batch.worker", str(work.directory), str(shard)]
    # The workers share the cores; each would else take all of them.
    return subprocess.Popen(command, stderr=errors, env=os.environ | {"OMP_NUM_THREADS": "1"})


def _failure(shard: int, shards: int, status: int, said: str) -> AisleError:
    last = said.strip().splitlines()[-1] if said.strip() else f"exit status {status}"
    kind = UserError if status == 2 else AisleError
    return kind(f"shard {shard}/{shards} failed {'for good' if status == 2 else f'{TRIES} times'}: {last}")
