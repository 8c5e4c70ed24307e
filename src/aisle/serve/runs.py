"""What /lab shows: training runs, kept evaluations and rankers, read from the directories that the server was told of.

A run is a directory with `run.json` (training/records.py), an evaluation a file `*.evaluation.json`
(evaluation/record.py), a ranker a file `ranker.json` (ranking/model.py). All are read anew at every look, so a run of
yesterday and one that is under way are there.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.evaluation.record import SUFFIX
from aisle.json_text import from_json
from aisle.ranking.model import RANKER_FILE
from aisle.serve.learned import ranker_of_file
from aisle.training.settings import RUN_FILE

METRICS_FILE = "metrics.jsonl"
DEPTH = 4
"""How far below a named directory runs are looked for."""
MOST_ENTRIES = 2000
"""Directories and records that one look goes through; more are left out, and the answer says so."""
MOST_POINTS = 600
"""Points of one curve that are sent; a longer one is thinned by means, which the answer says."""
SILENT_AFTER = 900.0
"""Seconds without a line of metrics after which a run that says it is running is called silent."""


@dataclass(frozen=True, slots=True)
class Found:
    """One run, evaluation or ranker on the disk."""

    key: str
    """Its name in addresses: a hash of where it lies."""
    name: str
    """Where it lies, from the directory it was found under."""
    path: Path
    """`run.json`, `ranker.json`, or the evaluation's file."""


class Runs:
    """The runs and evaluations under some directories."""

    def __init__(self, places: Sequence[Path]) -> None:
        self.places = tuple(places)

    def listing(self) -> dict[str, Any]:
        """Every run, evaluation and ranker with what a table shows of it, newest first."""
        found, complete = self._found()
        runs, evaluations, rankers, unreadable = [], [], [], []
        for entry in found:
            if entry.path.name == RANKER_FILE:
                ranker = ranker_of_file(entry.name, entry.path)
                if ranker is None:
                    unreadable.append(entry.name)
                else:
                    rankers.append(ranker)
                continue
            facts = read_object(entry.path)
            if facts is None:
                unreadable.append(entry.name)
            elif entry.path.name == RUN_FILE:
                runs.append(run_summary(entry, facts))
            else:
                evaluations.append(evaluation_summary(entry, facts))
        return {
            "places": [str(place) for place in self.places],
            "runs": sorted(runs, key=lambda run: str(run["started"]), reverse=True),
            "evaluations": sorted(evaluations, key=lambda one: str(one["finished"]), reverse=True),
            "rankers": sorted(rankers, key=lambda one: str(one["created"]), reverse=True),
            "unreadable": unreadable,
            "complete": complete,
        }

    def run(self, key: str) -> dict[str, Any] | None:
        """One run with settings, result and curves; None where there is none of that key."""
        entry = self._entry(key)
        if entry is None or entry.path.name != RUN_FILE:
            return None
        facts = read_object(entry.path)
        if facts is None:
            return None
        steps, devs, thinned = curves(entry.path.with_name(METRICS_FILE))
        return run_summary(entry, facts) | {
            "settings": facts.get("settings", {}),
            "about": facts.get("about", {}),
            "command": facts.get("command", []),
            "versions": facts.get("versions", {}),
            "result": facts.get("result", {}),
            "steps": steps,
            "devs": devs,
            "thinned": thinned,
        }

    def evaluation(self, key: str) -> dict[str, Any] | None:
        """One evaluation whole; None where there is none of that key."""
        entry = self._entry(key)
        if entry is None or not entry.path.name.endswith(SUFFIX):
            return None
        facts = read_object(entry.path)
        return None if facts is None else evaluation_summary(entry, facts) | facts

    def _entry(self, key: str) -> Found | None:
        return next((entry for entry in self._found()[0] if entry.key == key), None)

    def _found(self) -> tuple[list[Found], bool]:
        found: dict[Path, Found] = {}
        left = MOST_ENTRIES
        for place in self.places:
            for path in entries(place):
                left -= 1
                if left < 0:
                    return list(found.values()), False
                where = path.parent if path.name in (RUN_FILE, RANKER_FILE) else path
                name = str(where.relative_to(place)) if where != place else place.name
                key = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]
                found.setdefault(path.absolute(), Found(key, name, path))
        return list(found.values()), True


def entries(place: Path) -> Iterator[Path]:
    """Records under a directory, to DEPTH levels; links to directories are not followed."""
    for folder, folders, files in os.walk(place):
        if len(Path(folder).relative_to(place).parts) >= DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "checkpoints")
        wanted = (name for name in sorted(files) if name in (RUN_FILE, RANKER_FILE) or name.endswith(SUFFIX))
        yield from (Path(folder, name) for name in wanted)


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None where it is not one (any more)."""
    try:
        value = from_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def status(path: Path, facts: dict[str, Any]) -> str:
    """What a run says of itself, but `silent` for one that says it is running and has written nothing for long.

    A run that was killed cannot say so; one whose step or evaluation takes that long is silent too, until it writes.
    """
    said = str(facts.get("status", ""))
    if said != "running":
        return said
    written = 0.0
    for file in (path, path.with_name(METRICS_FILE)):
        with suppress(OSError):  # not there yet, or taken away meanwhile
            written = max(written, file.stat().st_mtime)
    return "silent" if time.time() - written > SILENT_AFTER else said


def run_summary(entry: Found, facts: dict[str, Any]) -> dict[str, Any]:
    """What the table shows of a run."""
    about, result = facts.get("about", {}), facts.get("result", {})
    return {
        "key": entry.key,
        "name": entry.name,
        "task": about.get("task", ""),
        "encoder": about.get("encoder", ""),
        "status": status(entry.path, facts),
        "started": facts.get("started", ""),
        "precision": facts.get("precision", ""),
        "best": result.get("best"),
        "loss": result.get("loss"),
        "seconds": result.get("seconds"),
        "tokens_per_second": result.get("tokens_per_second"),
    }


def evaluation_summary(entry: Found, facts: dict[str, Any]) -> dict[str, Any]:
    """What the table shows of an evaluation."""
    numbers = facts.get("numbers", {})
    return {
        "key": entry.key,
        "name": entry.name,
        "kind": facts.get("kind", ""),
        "subject": facts.get("subject", ""),
        "data": [Path(str(name)).name for name in facts.get("data", [])],
        "finished": facts.get("finished", ""),
        "command": facts.get("command", []),
        "scores": {
            name: value
            for name, value in numbers.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        },
        "has_figure": bool(facts.get("figure")) or "confusion" in numbers,
    }


def curves(path: Path) -> tuple[list[dict[str, float]], list[dict[str, Any]], bool]:
    """Training steps (at most MOST_POINTS) and dev evaluations of `metrics.jsonl`, and whether steps were thinned."""
    steps: list[dict[str, float]] = []
    devs: list[dict[str, Any]] = []
    for line in lines_of(path):
        if isinstance(line.get("dev"), dict):
            devs.append({"step": line["step"], "dev": line["dev"]})
        elif "loss" in line:
            steps.append({name: line[name] for name in ("step", "loss", "lr") if name in line})
    if len(steps) <= MOST_POINTS:
        return steps, devs, False
    size = -(-len(steps) // MOST_POINTS)
    groups = [steps[first : first + size] for first in range(0, len(steps), size)]
    return [{name: sum(step[name] for step in group) / len(group) for name in group[0]} for group in groups], devs, True


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Whole lines of a JSONL file that a training run may be writing just now."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        return
    for line in text.split("\n")[:-1]:
        try:
            value = from_json(line)
        except ValueError:
            continue
        if isinstance(value, dict) and "step" in value:
            yield value
