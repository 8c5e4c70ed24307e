"""Shards as tasks of a Ray cluster: this machine's, or the one whose address is given.

Ray starts a task again whose worker died. Every machine must see the work's directory under the same path, as must be
so for the shop.
"""

from __future__ import annotations

import os
from typing import Any

from aisle.batch.processes import TRIES
from aisle.batch.work import Work
from aisle.errors import AisleError, UserError
from aisle.progress import Progress, silent


def do_on_ray(work: Work, workers: int, progress: Progress = silent, *, address: str = "") -> None:
    """Do the shards that are missing, so many at a time.

    `address` is that of a cluster, such as `ray://head:10001`; empty for one that is made here and ended afterwards.
    """
    try:
        import ray
    except ImportError:
        raise UserError("shards on Ray need it; install it with: pip install 'aisle[ray]'") from None
    own = not ray.is_initialized()
    if own:
        # Ray would tell its makers of every cluster.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        where: dict[str, Any] = {"address": address} if address else {"num_cpus": workers, "include_dashboard": False}
        ray.init(log_to_driver=False, configure_logging=False, **where)
    try:
        task = ray.remote(num_cpus=1, max_retries=TRIES - 1)(_do)
        left = [task.remote(str(work.directory), shard) for shard in work.missing()]
        while left:
            progress("shards", work.shards - len(left), work.shards)
            done, left = ray.wait(left, num_returns=1)
            try:
                ray.get(done)
            except ray.exceptions.RayTaskError as error:
                raise error.as_instanceof_cause() from None
            except ray.exceptions.RayError as error:
                raise AisleError(f"a shard failed {TRIES} times on Ray ({str(error).splitlines()[0]})") from error
        progress("shards", work.shards, work.shards)
    finally:
        if own:
            ray.shutdown()


def _do(directory: str, shard: int) -> None:
    from pathlib import Path

    Work.open(Path(directory)).do(shard)
