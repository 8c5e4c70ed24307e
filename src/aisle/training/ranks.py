"""Several processes that train one model: who am I, add up gradients, see all rows. One process needs none of it.

Started by `torchrun --nproc-per-node 2 -m aisle.cli.main train …`. Each process computes its share of every batch;
gradients are added up, so that all take the same step.

Legend: N rows of this process, M rows of all, D numbers a row.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among all."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and reports."""
        return self.rank == 0


def ranks() -> Ranks:
    """This process's place in the group that `joined` opened; alone without one."""
    return Ranks(dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else Ranks()


@contextmanager
def joined() -> Iterator[Ranks]:
    """Join the processes that `torchrun` started, if it did, and part again."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield ranks()
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield ranks()
        # All part together: a process that has gone takes down one that still speaks with it.
        dist.barrier()
    finally:
        dist.destroy_process_group()


def add_up(tensors: Iterable[Tensor]) -> None:
    """Replace each tensor by its sum over all processes, in one exchange."""
    parts = list(tensors)
    if ranks().size == 1 or not parts:
        return
    flat = torch.cat([part.reshape(-1) for part in parts])
    dist.all_reduce(flat)
    for part, whole in zip(parts, torch.split(flat, [part.numel() for part in parts]), strict=True):
        part.copy_(whole.view_as(part))


def from_first(value: Any) -> Any:
    """What the first process has, at every process."""
    if ranks().size == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


def from_all(value: Any) -> list[Any]:
    """What every process has, in the order of their ranks, at every process."""
    if ranks().size == 1:
        return [value]
    boxes: list[Any] = [None] * ranks().size
    dist.all_gather_object(boxes, value)
    return boxes


def items_of_all(own: Sequence[Item]) -> list[Item]:
    """The items of all processes in one list, in the order of their ranks."""
    return [item for items in from_all(list(own)) for item in items]


def rows_of_all(own_ND: Tensor) -> Tensor:
    """The rows of all processes (M, D), in the order of their ranks, of which only this process's carry a gradient.

    Made for losses that look at the whole batch: every process computes the whole loss, its gradient with respect to
    its own rows is complete, and adding up the processes' gradients of the weights gives that of the whole batch. No
    gradient has to travel back, and row i of two lists gathered this way belongs to the same example.
    """
    here = ranks()
    if here.size == 1:
        return own_ND
    sizes = from_all(len(own_ND))
    # Every process must send as much as the others.
    padded = own_ND.new_zeros((max(sizes), *own_ND.shape[1:]))
    padded[: len(own_ND)] = own_ND.detach()
    boxes = [torch.empty_like(padded) for _ in sizes]
    dist.all_gather(boxes, padded)
    rows = [box[:size] for box, size in zip(boxes, sizes, strict=True)]
    rows[here.rank] = own_ND
    return torch.cat(rows)
