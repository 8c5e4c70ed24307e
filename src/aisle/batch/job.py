"""What can be done in shards, and the note by which a process that knows nothing else takes it up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

from aisle.batch.shard import Shard

KINDS = {
    "embed": ("aisle.batch.embedding", "EmbedJob"),
    "pairs": ("aisle.batch.pairs", "PairsJob"),
    "judge": ("aisle.batch.judging", "JudgeJob"),
}
"""Names of jobs -> where they are; a process loads only what its job needs."""


class Job(Protocol):
    """A frozen dataclass of plain values."""

    KIND: ClassVar[str]

    def identity(self) -> dict[str, Any]:
        """All that the result depends on besides the fields, such as the encoder's fingerprint.

        Work in progress is gone on with only while it is the same. Raises `UserError` where the job cannot be done.
        """
        ...

    def share_out(self, place: Path, shards: int) -> None:
        """Lay what each of so many shards works on into the empty directory `place`, so that none reads the whole."""
        ...

    def run(self, shard: Shard, place: Path, target: Path) -> None:
        """Do one shard of what `share_out` laid into `place`; its files go into the empty directory `target`."""
        ...

    def join(self, parts: Sequence[Path], output: Path) -> dict[str, Any]:
        """Make the result at `output` of what the shards left, in their order; figures to report."""
        ...


def written(job: Job) -> str:
    """A job as a note."""
    return json.dumps({"kind": job.KIND, "fields": asdict(job)}, sort_keys=True)  # type: ignore[call-overload]


def read(note: str) -> Job:
    """The job of a note."""
    facts = json.loads(note)
    module, name = KINDS[facts["kind"]]
    job: Job = getattr(import_module(module), name)(**facts["fields"])
    return job
