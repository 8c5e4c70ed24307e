"""A trace: the intermediates of one forward pass, by name, as numpy arrays without the batch axis.

Legend: T tokens, D hidden size, H heads, K size of a head, F feed-forward size.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.recorder import INTERMEDIATES, Intermediate, Recorder


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of one intermediate without keeping its numbers."""

    name: str
    """Its documented name, such as `layer.3.attention.scores`."""
    letters: str
    """Its shape in field notation, such as `HTT`."""
    shape: tuple[int, ...]
    """Its shape in numbers."""
    meaning: str
    """What it is."""


class Trace:
    """A recorder that keeps the intermediates whose names match a pattern, and the shape of every one."""

    def __init__(self, patterns: Sequence[str] = ("*",), *, also: Recorder | None = None) -> None:
        """`patterns` are shell patterns over the names: `layer.3.*`, `*.attention.weights`, `pooled.mean`.

        `also` is told everything, too.
        """
        self.patterns = tuple(patterns)
        self._also = also
        self.steps: dict[str, Step] = {}
        self._values: dict[str, NDArray[np.float32]] = {}

    def record(self, name: str, value: Any) -> None:
        """Told by the forward pass; `value` is a torch tensor whose first axis is the batch of one."""
        entry = describe(name)
        letters = entry.shape.split(" or ")[-1].removeprefix("B")
        # The positions of BERT are the same for every text, and have no batch axis.
        tensor = value[0] if value.ndim > len(letters) else value
        self.steps[name] = Step(name, letters, tuple(tensor.shape), entry.meaning)
        if matches(name, self.patterns):
            self._values[name] = tensor.detach().float().cpu().numpy().copy()
        if self._also is not None:
            self._also.record(name, value)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """The numbers of one intermediate.

        Raises
            UserError: there is no such intermediate, or it was not kept.
        """
        if name in self._values:
            return self._values[name]
        if name in self.steps:
            raise UserError(f"{name} was computed but not kept; ask for it: steps=[{name!r}]")
        raise self._unknown(name)

    def refuse_idle_patterns(self) -> None:
        """Raise UserError if a pattern matches none of the names that the forward pass reported."""
        for pattern in self.patterns:
            if not any(matches(name, [pattern]) for name in self.steps):
                raise self._unknown(pattern)

    def _unknown(self, name: str) -> UserError:
        near = difflib.get_close_matches(name, self.steps, n=3)
        hint = f"; did you mean {' or '.join(near)}" if near else ""
        layers = len({step.split(".")[1] for step in self.steps if step.startswith("layer.")})
        return UserError(
            f"there is no intermediate {name[:80]!r}{hint}; names are like embeddings.sum, layer.0.attention.scores "
            f"(layers 0 to {layers - 1}) and pooled.mean"
        )

    def __contains__(self, name: str) -> bool:
        """Whether the numbers of `name` were kept."""
        return name in self._values

    @property
    def names(self) -> tuple[str, ...]:
        """The names whose numbers were kept, in the order in which they were computed."""
        return tuple(self._values)

    @property
    def bytes(self) -> int:
        """Memory that the numbers take."""
        return sum(array.nbytes for array in self._values.values())


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is like one of the shell patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def describe(name: str) -> Intermediate:
    """The documented entry of a name; the number of the layer is put aside."""
    parts = name.split(".")
    general = ".".join(["layer", "{n}", *parts[2:]]) if parts[0] == "layer" else name
    found = next((entry for entry in INTERMEDIATES if entry.name == general), None)
    assert found is not None, f"the forward pass records {name}, which recorder.py does not document"
    return found
