"""Counters of what the server does, in Prometheus' text format, summed over all workers.

Every value has a fixed place in a small file per worker, mapped into memory: counting is one addition without a lock
or a message between processes, and whichever worker is asked reads the files of all.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from bisect import bisect_left
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

SUFFIX = ".counts"
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all its label values, which are known beforehand."""

    name: str
    """Name as Prometheus shows it."""
    kind: str
    """counter, gauge or histogram."""
    help: str
    """What it counts."""
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Label names, each with every value it can take."""
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, in the metric's unit."""
    across: Literal["sum", "max"] = "sum"
    """How the values of several workers become one."""

    def series(self) -> list[tuple[str, ...]]:
        """Every combination of label values."""
        return list(product(*(values for _, values in self.labels)))

    def width(self) -> int:
        """Numbers that one series takes: a histogram also keeps the sum and a bucket without bound."""
        return len(self.buckets) + 2 if self.buckets else 1


class Metrics:
    """The numbers of this process, and the sums over all processes that share `directory`."""

    def __init__(self, families: tuple[Family, ...], directory: Path | None = None) -> None:
        """`directory`: shared by the workers of one server; None: this process counts alone."""
        self.families = families
        self._places: dict[tuple[str, ...], int] = {}
        self._buckets = {family.name: family.buckets for family in families}
        size = 0
        for family in families:
            for values in family.series():
                self._places[(family.name, *values)] = size
                size += family.width()
        self._own = tempfile.TemporaryDirectory(prefix="aisle-metrics-") if directory is None else None
        self.directory = Path(self._own.name) if self._own else directory or Path()
        self._file = (self.directory / f"{os.getpid()}{SUFFIX}").open("w+b")
        self._file.truncate(size * 8)
        self._map = mmap.mmap(self._file.fileno(), size * 8)
        self._values = memoryview(self._map).cast("d")

    def add(self, name: str, *labels: str, by: float = 1.0) -> None:
        """Count."""
        self._values[self._places[(name, *labels)]] += by

    def set(self, name: str, value: float) -> None:
        """Set a gauge, which has no labels."""
        self._values[self._places[(name,)]] = value

    def observe(self, name: str, *labels: str, value: float) -> None:
        """Put a value into a histogram."""
        place = self._places[(name, *labels)]
        buckets = self._buckets[name]
        self._values[place + bisect_left(buckets, value)] += 1
        self._values[place + len(buckets) + 1] += value

    def text(self) -> str:
        """Everything in Prometheus' text format, version 0.0.4."""
        tables = [(alive(path), memoryview(path.read_bytes()).cast("d")) for path in self.directory.glob(f"*{SUFFIX}")]
        lines: list[str] = []
        for family in self.families:
            lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
            for values in family.series():
                start = self._places[(family.name, *values)]
                # What a stopped worker counted still happened; what it held is gone.
                counted = [table for lives, table in tables if lives or family.kind != "gauge"]
                joined = sum if family.across == "sum" else max
                sums = [joined(table[start + i] for table in counted) for i in range(family.width())]
                names = [f'{label}="{value}"' for (label, _), value in zip(family.labels, values, strict=True)]
                lines += histogram_lines(family, names, sums) if family.buckets else [line(family.name, names, sums[0])]
        return "\n".join(lines) + "\n"

    def close(self) -> None:
        """Give back the file. Counting afterwards is an error."""
        self._values.release()
        self._map.close()
        self._file.close()
        if self._own:
            self._own.cleanup()


def histogram_lines(family: Family, names: list[str], numbers: list[float]) -> list[str]:
    """A histogram's cumulative buckets, sum and count."""
    lines, total = [], 0.0
    for bound, count in zip([*map(str, family.buckets), "+Inf"], numbers, strict=False):
        total += count
        lines.append(line(f"{family.name}_bucket", [*names, f'le="{bound}"'], total))
    return [*lines, line(f"{family.name}_sum", names, numbers[-1]), line(f"{family.name}_count", names, total)]


def line(name: str, labels: list[str], value: float) -> str:
    """One sample."""
    shown = str(int(value)) if value == int(value) else repr(value)
    return f"{name}{{{','.join(labels)}}} {shown}" if labels else f"{name} {shown}"


def alive(path: Path) -> bool:
    """Whether the process that writes this file still runs."""
    try:
        os.kill(int(path.name.removesuffix(SUFFIX)), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
