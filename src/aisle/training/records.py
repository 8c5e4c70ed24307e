"""What a run leaves for a person who comes back tomorrow: `run.json` and `metrics.jsonl`."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

import aisle
from aisle.errors import UserError
from aisle.files.atomic import write_atomic, write_error
from aisle.json_text import from_json
from aisle.training.settings import RUN_FILE, TrainingSettings

DATA = "corpus"
"""The one thing that may be in a run's directory before the run: data that were prepared for it."""


class Records:
    """The record files of one run's directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.run_file = directory / RUN_FILE
        self.metrics_file = directory / "metrics.jsonl"

    def begin(self, settings: TrainingSettings, about: Mapping[str, Any], precision: str) -> None:
        """Write `run.json`, or check that an unfinished run in this directory is the same one.

        Raises
            UserError: the directory holds a finished run, or one with other settings.
        """
        identity = {"settings": asdict(settings), "about": json.loads(json.dumps(dict(about)))}
        if self.run_file.is_file():
            self._check_same(identity)
            return
        if self.directory.is_dir() and any(entry.name != DATA for entry in self.directory.iterdir()):
            raise UserError(f"{self.directory} is not empty and holds no run; choose another directory for this one")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self.directory, error) from error
        facts = identity | {
            "status": "running",
            "precision": precision,
            "command": sys.argv,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": {
                "aisle": aisle.__version__,
                "torch": torch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }
        self._write(facts)

    def end(self, status: str, result: Mapping[str, Any]) -> None:
        """Add how it ended: `finished`, or `stopped` with the reason."""
        self._write(self.read() | {"status": status, "result": dict(result)})

    def read(self) -> dict[str, Any]:
        """What `run.json` holds."""
        value: dict[str, Any] = from_json(self.run_file.read_text("utf-8"))
        return value

    def add(self, **values: object) -> None:
        """One line of `metrics.jsonl`."""
        with self.metrics_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """All lines of `metrics.jsonl`; a last one that a kill cut short is left out."""
        if not self.metrics_file.is_file():
            return []
        lines = self.metrics_file.read_text("utf-8").split("\n")
        return [from_json(line) for line in lines[:-1]]

    def rewind(self, step: int) -> None:
        """Forget the lines after a step: a run that goes on from there writes them anew."""
        kept = [line for line in self.metrics() if line["step"] <= step]
        if self.metrics_file.is_file():
            write_atomic(self.metrics_file, "".join(json.dumps(line) + "\n" for line in kept))

    def _check_same(self, identity: Mapping[str, Any]) -> None:
        old = self.read()
        if old.get("status") == "finished":
            raise UserError(
                f"{self.directory} holds a finished run of {old.get('started')}; choose another directory or remove it"
            )
        differing = [
            f"{name} {old[part].get(name)!r} there and {value!r} now"
            for part, values in identity.items()
            for name, value in values.items()
            if old[part].get(name) != value
        ]
        if differing:
            raise UserError(
                f"{self.directory} holds an unfinished run of another kind ({'; '.join(differing)}); "
                "give the same settings to go on with it, or choose another directory"
            )

    def _write(self, facts: Mapping[str, Any]) -> None:
        write_atomic(self.run_file, json.dumps(facts, indent=2) + "\n")
