"""`aisle batch …`: work over a whole catalogue or log in shards, which plain processes or a Ray cluster do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from tyro.conf import Positional

from aisle.batch.embedding import EmbedJob
from aisle.batch.job import Job
from aisle.batch.judging import JudgeJob
from aisle.batch.on_ray import do_on_ray
from aisle.batch.pairs import PairsJob
from aisle.batch.processes import do_in_processes
from aisle.batch.shard import Shard
from aisle.batch.work import Work
from aisle.cli.output import notices, print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.mining.settings import PairSettings
from aisle.search.request import Mode


@dataclass(frozen=True, kw_only=True)
class _Sharded:
    """What every command in shards is told."""

    shards: int = 8
    """Parts of the work; what a killed process loses is one of them."""
    workers: int = 2
    """Shards that are done at a time."""
    on: Literal["processes", "ray"] = "processes"
    """Who does them: processes of this machine, or Ray."""
    ray_address: str = ""
    """Address of a Ray cluster, such as `ray://head:10001`; empty for one on this machine."""
    shard: str = ""
    """Do this one shard only, such as `3/8`, and join nothing: for machines that share --work without Ray."""
    work: Path | None = None
    """Directory of what is done so far; a later call with the same goes on from there. Without it, a temporary one."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def do(self, job: Job, output: Path) -> None:
        """Do the shards, join them, report."""
        if self.workers < 1:
            raise UserError(f"workers is {self.workers}; it must be at least 1")
        one = Shard.parse(self.shard) if self.shard else None
        if one is not None and self.work is None:
            raise UserError("--shard leaves its part in a directory; name it with --work DIR")
        with self._place() as place, progress_bar(shown=not self.json) as progress:
            work = Work.begin(place, job, self.shards if one is None else one.count)
            if one is not None:
                work.do(one.index)
                report: dict[str, Any] = {"shard": str(one), "missing": len(work.missing())}
            else:
                again = 0
                if self.on == "ray":
                    do_on_ray(work, self.workers, progress, address=self.ray_address)
                else:
                    again = do_in_processes(work, self.workers, progress)
                report = work.join(output) | {"shards": work.shards, "started_again": again, "output": str(output)}
        if self.json:
            print_json(report)
            return
        print_facts(f"shard {one} is done" if one is not None else f"wrote {output}", report)
        if one is not None and not report["missing"]:
            notices.print("all shards are done; the same command without --shard joins them", markup=False)

    @contextmanager
    def _place(self) -> Iterator[Path]:
        if self.work is not None:
            yield self.work
            return
        with tempfile.TemporaryDirectory() as scratch:
            yield Path(scratch)


@dataclass(frozen=True, kw_only=True)
class BatchEmbed(_Sharded):
    """Encode a shop's products in shards, for `aisle shop build --vectors DIR`."""

    shop: Positional[Path]
    """Directory of the shop."""
    output: Path
    """Directory for the vectors."""
    encoder: str = "minilm"
    """`minilm`, a checkpoint directory, or one that `aisle train two-tower` made."""

    def run(self) -> None:
        """Encode."""
        self.do(EmbedJob(shop=str(self.shop.absolute()), encoder=_absolute(self.encoder)), self.output)


@dataclass(frozen=True, kw_only=True)
class BatchPairs(PairSettings, _Sharded):
    """Mine training pairs from a shop's log in shards of its sessions, as `aisle shop pairs` does in one process."""

    shop: Positional[Path]
    """Directory of the shop."""
    output: Path
    """File for the pairs: .tsv or .jsonl, .gz too."""

    def run(self) -> None:
        """Mine."""
        usual = PairSettings()
        given = {one.name: getattr(self, one.name) for one in fields(PairSettings)}
        settings = {name: value for name, value in given.items() if value != getattr(usual, name)}
        self.do(PairsJob(shop=str(self.shop.absolute()), settings=settings), self.output)


@dataclass(frozen=True, kw_only=True)
class BatchJudge(_Sharded):
    """Search a shop for judged queries in shards: recall, nDCG and reciprocal rank of its live version."""

    shop: Positional[Path]
    """Directory of the shop."""
    judgments: Path
    """Table with `query`, `product_id` and `relevance`."""
    output: Path
    """JSON file for the means."""
    mode: Mode = "hybrid"
    """How to search: by words, by meaning, or both."""
    relevant: float = 2.5
    """A product judged this high or higher is relevant."""

    def run(self) -> None:
        """Search and measure."""
        job = JudgeJob(
            shop=str(self.shop.absolute()),
            judgments=str(self.judgments.absolute()),
            mode=self.mode,
            relevant=self.relevant,
        )
        self.do(job, self.output)


def _absolute(encoder: str) -> str:
    """A checkpoint's directory as every worker finds it."""
    return str(Path(encoder).absolute()) if Path(encoder).is_dir() else encoder
