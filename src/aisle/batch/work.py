"""A directory in which shards are done: whoever does one, in whatever order, however often it is killed.

job.json        what is done, in how many shards, and what the result depends on
shares/         what each shard works on; there only when all of it is
shard-00003/    what shard 3 left; there only when it is whole
.doing-*        a shard at work, or sharing out, or what a killed one left
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.batch.job import Job, read, written
from aisle.batch.shard import Shard
from aisle.errors import UserError
from aisle.files.atomic import fsync_directory, write_atomic

NOTE_FILE = "job.json"
SHARES = "shares"


@dataclass(frozen=True, slots=True)
class Work:
    """One job in its directory."""

    directory: Path
    job: Job
    shards: int

    @classmethod
    def begin(cls, directory: Path, job: Job, shards: int) -> Work:
        """Begin a job, or go on with it where the directory has it already. Raises `UserError` where it has another."""
        Shard(0, shards)
        directory.mkdir(parents=True, exist_ok=True)
        note = json.dumps({"job": written(job), "shards": shards, "identity": job.identity()}, sort_keys=True)
        path = directory / NOTE_FILE
        if path.exists():
            if path.read_text("utf-8") != note:
                raise UserError(
                    f"{directory} holds other work, or its data or encoder has changed since; "
                    "name another directory for --work, or delete this one"
                )
        elif any(directory.iterdir()):
            raise UserError(f"{directory} is not empty; name another directory for --work")
        else:
            write_atomic(path, note)
        work = cls(directory, job, shards)
        if not work.shares.is_dir():
            work._leave(work.shares, lambda doing: job.share_out(doing, shards))
        return work

    @classmethod
    def open(cls, directory: Path) -> Work:
        """The work that was begun in a directory."""
        path = directory / NOTE_FILE
        if not path.exists():
            raise UserError(f"{directory} holds no work; begin it with: aisle batch")
        facts = json.loads(path.read_text("utf-8"))
        work = cls(directory, read(facts["job"]), int(facts["shards"]))
        if not work.shares.is_dir():
            raise UserError(f"the work in {directory} was not shared out; begin it again with: aisle batch")
        return work

    @property
    def shares(self) -> Path:
        """What each shard works on."""
        return self.directory / SHARES

    def place(self, shard: int) -> Path:
        """Where a shard leaves what it made."""
        return self.directory / f"shard-{shard:05}"

    def missing(self) -> list[int]:
        """Shards that are not done."""
        return [shard for shard in range(self.shards) if not self.place(shard).is_dir()]

    def do(self, index: int) -> None:
        """Do one shard, if it is not done."""
        if self.place(index).is_dir():
            return
        self._leave(self.place(index), lambda doing: self.job.run(Shard(index, self.shards), self.shares, doing))

    def _leave(self, place: Path, make: Callable[[Path], None]) -> None:
        """Make a directory whole or not at all."""
        doing = self.directory / f".doing-{place.name}-{secrets.token_hex(4)}"
        doing.mkdir()
        try:
            make(doing)
            for path in doing.rglob("*"):
                _flush(path)
            try:
                doing.rename(place)
            except OSError:
                # Where another process made the same meanwhile, its result is the same.
                if not place.is_dir():
                    raise
            fsync_directory(self.directory)
        finally:
            shutil.rmtree(doing, ignore_errors=True)

    def join(self, output: Path) -> dict[str, Any]:
        """Make the result. Raises `UserError` while shards are missing."""
        missing = self.missing()
        if missing:
            raise UserError(
                f"{len(missing)} of {self.shards} shards are not done, {missing[0]}/{self.shards} the first"
            )
        for left in self.directory.glob(".doing-*"):
            shutil.rmtree(left, ignore_errors=True)
        return self.job.join([self.place(shard) for shard in range(self.shards)], output)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
