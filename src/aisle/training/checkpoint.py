"""Everything that a run needs to go on to the bit: weights, optimiser, random states, and where it was.

The schedule and the position in the data are functions of the step. The newest checkpoint replaces the one before it
only when it is whole on the disk.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aisle.errors import DamagedError
from aisle.training.ranks import from_all, ranks
from aisle.training.state_file import read_state, write_state


@dataclass(slots=True)
class Position:
    """Where a run is."""

    step: int = 0
    """Steps done."""
    best: float | None = None
    """The best dev metric so far."""
    best_step: int = 0
    best_metrics: dict[str, float] = field(default_factory=dict)
    """All dev metrics at that step."""
    without_better: int = 0
    """Evaluations since."""
    seconds: float = 0.0
    """Time used, for a run that was given minutes."""


class Checkpoints:
    """The directory `checkpoints/` of a run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.best_file = directory / "best.safetensors"

    def prepare(self) -> None:
        """Make the directory, and remove what a kill left of a file that was being written."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for path in self.directory.glob(".*.tmp"):
            path.unlink()

    def newest(self) -> Path | None:
        """The checkpoint to go on from, if there is one."""
        return max(self.directory.glob("step-*.safetensors"), default=None)

    def save(self, position: Position, module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write a checkpoint and remove the one before it. Called by every process; the first one writes.

        Raises
            AisleError: there is no room, and the checkpoint before is still there.
        """
        states = from_all(_random_state())
        if not ranks().first:
            return
        tensors = weights(module)
        for number, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()}
        facts: dict[str, Any] = {"position": asdict(position), "processes": ranks().size, "random": []}
        for number, (torch_states, facts_of_one) in enumerate(states):
            tensors |= {f"random.{number}.{name}": tensor for name, tensor in torch_states.items()}
            facts["random"].append(facts_of_one)
        old = list(self.directory.glob("step-*.safetensors"))
        write_state(self.directory / f"step-{position.step:08d}.safetensors", tensors, facts)
        for path in old:
            if path.name != f"step-{position.step:08d}.safetensors":
                path.unlink()

    def restore(self, path: Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> Position:
        """Put everything back as it was.

        Raises
            DamagedError: the file is not whole, or is of another model or another number of processes.
        """
        tensors, facts = read_state(path)
        if facts["processes"] != ranks().size:
            raise DamagedError(
                f"{path} was written by {facts['processes']} processes and there are {ranks().size} now; "
                "start as many again"
            )
        load_weights(path, module, tensors)
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, number, key = name.split(".", 2)
                state.setdefault(int(number), {})[key] = tensor
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        own = f"random.{ranks().rank}."
        _set_random_state(
            {name.removeprefix(own): tensor for name, tensor in tensors.items() if name.startswith(own)},
            facts["random"][ranks().rank],
        )
        return Position(**facts["position"])

    def save_best(self, position: Position, module: nn.Module) -> None:
        """Keep the weights of the best evaluation."""
        write_state(self.best_file, weights(module), {"position": asdict(position)})

    def load_best(self, module: nn.Module) -> None:
        """Take the weights of the best evaluation."""
        load_weights(self.best_file, module, read_state(self.best_file)[0])

    def clear(self) -> None:
        """Remove the checkpoints of a finished run; its product is saved elsewhere."""
        for path in self.directory.glob("*.safetensors"):
            path.unlink()
        if self.directory.is_dir() and not any(self.directory.iterdir()):
            self.directory.rmdir()


def weights(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers; one that two parts share is there once."""
    named = [*module.named_parameters(), *module.named_buffers()]
    return {f"model.{name}": tensor.detach() for name, tensor in named}


def load_weights(path: Path, module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Copy weights into a module that has exactly these."""
    own = weights(module)
    given = {name: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    if {name: tensor.shape for name, tensor in own.items()} != {name: tensor.shape for name, tensor in given.items()}:
        raise DamagedError(f"{path} holds the weights of another model; remove it, or train into another directory")
    for name, tensor in own.items():
        tensor.copy_(given[name])


def _random_state() -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.get_rng_state()
    version, numbers, gauss = random.getstate()
    kind, keys, place, has_gauss, cached = np.random.get_state(legacy=True)
    own = {"python": [version, list(numbers), gauss]}
    return tensors, own | {"numpy": [kind, np.asarray(keys).tolist(), int(place), int(has_gauss), float(cached)]}


def _set_random_state(tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    torch.set_rng_state(tensors["cpu"])
    if "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"])
    version, numbers, gauss = facts["python"]
    random.setstate((version, tuple(numbers), gauss))
    kind, keys, *rest = facts["numpy"]
    np.random.set_state((kind, np.array(keys, np.uint32), *rest))
