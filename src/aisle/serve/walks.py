"""What the routes of the walk ask for: one encoder's inspector, and the traces of the last few texts.

torch is imported when somebody walks for the first time, and never for a search.

Legend: T tokens, H heads, G cells of a grid.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.serve.problems import ProblemError

if TYPE_CHECKING:
    from aisle.inspection.inspector import Inspector
    from aisle.inspection.trace import Trace

MOST_BYTES = 128 * 1024 * 1024
"""Memory that kept traces may take; the oldest are dropped first."""
MOST_NUMBERS = 4_000_000
"""Numbers in one answer."""
NAME = re.compile(r"[a-z]+(\.[a-z0-9_]+)*")
GRIDS = (".attention.scores", ".attention.weights")
"""Ends of the names of steps that are tokens by tokens."""


class Walks:
    """Answers about one encoder at a time, which may change when a new version goes live. For one thread at a time."""

    def __init__(self, encoder: Callable[[], Path | str]) -> None:
        """`encoder` gives the checkpoint to walk through; it may raise ProblemError."""
        self._encoder = encoder
        self._lock = threading.Lock()
        self._opened: tuple[Path | str, Inspector] | None = None
        self._traces: OrderedDict[tuple[str, str, str], Trace] = OrderedDict()
        self._grids: tuple[tuple[str, str, str, int], dict[str, NDArray[np.float32]]] | None = None

    def summary(self, text: str, pair: str, steps: Sequence[str]) -> bytes:
        """The walk as JSON, with the numbers of the steps that are asked for."""
        with self._lock:
            inspector = self._inspector()
            from aisle.inspection.summary import summary

            found = summary(inspector, text, pair, steps=steps, most_numbers=MOST_NUMBERS)
        return json.dumps(found, ensure_ascii=False).encode()

    def values(
        self, text: str, pair: str, name: str, *, head: int = -1, rows: str = "", cells: int = 0
    ) -> NDArray[np.float32]:
        """The numbers of one step: of one head, of some rows (the tokens), or averaged into at most `cells` a side.

        Raises
            UserError: there is no such step, head or row.
        """
        if cells and not name.endswith(GRIDS):
            raise UserError(f"{name} is no matrix of tokens by tokens; leave cells out")
        with self._lock:
            array = self._grid(text, pair, name, cells) if cells else self._trace(text, pair, name)[name]
        if head >= 0:
            if array.ndim != 3:
                raise UserError(f"{name} has no heads; leave head out")
            if head >= len(array):
                raise UserError(f"head is {head}; the encoder has heads 0 to {len(array) - 1}")
            array = array[head]
        return selected(array, rows)

    def table(self, name: str, rows: str) -> NDArray[np.float32]:
        """Rows of a position table, or of a parameter.

        Raises
            UserError: there is no such table or row, or it is too large for one answer.
        """
        with self._lock:
            array = selected(self._inspector().table(name), rows)
        if array.size > MOST_NUMBERS:
            raise UserError(
                f"{name} has {array.size:,} numbers, and one answer has room for {MOST_NUMBERS:,}; ask for rows"
            )
        return array

    def _inspector(self) -> Inspector:
        wanted = self._encoder()
        if find_spec("torch") is None:
            raise ProblemError("no-torch", "The walk runs the encoder that trains, and torch is not installed here.")
        from aisle.inspection.inspector import Inspector

        if self._opened is None or self._opened[0] != wanted:
            self._opened = (wanted, Inspector.load(wanted))
            self._traces.clear()
            self._grids = None
        return self._opened[1]

    def _grid(self, text: str, pair: str, name: str, cells: int) -> NDArray[np.float32]:
        """Averages of every layer from one pass: who asks for one layer's picture asks for the next one's, too."""
        inspector = self._inspector()
        kind = name.rpartition(".")[2]
        wanted = (text, pair, kind, cells)
        if self._grids is None or self._grids[0] != wanted:
            grids = Grids(f".attention.{kind}", cells)
            inspector.trace(text, pair, steps=(), also=grids)
            self._grids = (wanted, grids.arrays)
        if name not in self._grids[1]:
            raise UserError(
                f"there is no intermediate {name[:80]!r}; this encoder has layers 0 to {len(self._grids[1]) - 1}"
            )
        return self._grids[1][name]

    def _trace(self, text: str, pair: str, name: str) -> Trace:
        """A kept trace that holds `name`, or a new one of its layer: a page asks for most of a layer, one by one."""
        inspector = self._inspector()
        if not NAME.fullmatch(name):
            # A pattern would keep more than one layer.
            raise UserError(f"there is no intermediate {name[:80]!r}; `steps` of /api/inspect lists all")
        part = ".".join(name.split(".")[: 2 if name.startswith("layer.") else 1])
        key = (text, pair, part)
        found = self._traces.pop(key, None)
        if found is None:
            found = inspector.trace(text, pair, steps=(f"{part}.*" if "." in name else name,))
        self._traces[key] = found
        while len(self._traces) > 1 and sum(trace.bytes for trace in self._traces.values()) > MOST_BYTES:
            self._traces.popitem(last=False)
        return found


class Grids:
    """A recorder that averages the matrices whose names end so, and keeps nothing larger."""

    def __init__(self, ending: str, cells: int) -> None:
        self._ending = ending
        self._cells = cells
        self.arrays: dict[str, NDArray[np.float32]] = {}

    def record(self, name: str, value: Any) -> None:
        """Told by the forward pass; `value` is a torch tensor (1, H, T, T)."""
        if name.endswith(self._ending):
            self.arrays[name] = averaged(value[0].numpy(), self._cells).copy()


def selected(array: NDArray[np.float32], rows: str) -> NDArray[np.float32]:
    """The rows `first:end` of the axis before the last; all where `rows` is empty."""
    if not rows:
        return array
    first, separator, end = rows.partition(":")
    if not (separator and rows.isascii() and first.isdecimal() and end.isdecimal() and len(rows) <= 20):
        raise UserError(f"rows is {rows[:40]!r}; it must be FIRST:END, such as 0:16")
    axis = array.ndim - 2 if array.ndim > 1 else 0
    if not int(first) < int(end) <= array.shape[axis]:
        raise UserError(f"rows is {rows}; there are rows 0:{array.shape[axis]}")
    return np.take(array, np.arange(int(first), int(end)), axis)


def averaged(array: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Square matrices (…, T, T) averaged into (…, G, G), G at most `cells`; unchanged where they are smaller."""
    size = array.shape[-1]
    if size <= cells:
        return array
    borders = np.linspace(0, size, cells + 1).astype(int)[:-1]
    counts_G = np.diff([*borders, size])
    summed = np.add.reduceat(np.add.reduceat(array, borders, -1), borders, -2)
    return np.asarray(summed / (counts_G[:, None] * counts_G), np.float32)
