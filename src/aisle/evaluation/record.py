"""Keeping an evaluation: one JSON file with its numbers, its command and the figure that goes with it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import aisle
from aisle.errors import UserError
from aisle.files.atomic import write_atomic, write_error

SUFFIX = ".evaluation.json"


def keep_evaluation(
    directory: Path,
    *,
    kind: str,
    subject: str,
    data: Sequence[str],
    command: Sequence[str],
    numbers: Mapping[str, Any],
    figure: Mapping[str, Any] | None = None,
) -> Path:
    """Write the record of one evaluation into `directory` and return its file.

    `kind` is that of the command (`sts`, `transfer`, …), `subject` what was evaluated, `data` on which files,
    `numbers` what `--json` prints, `figure` what the page /lab draws from (see `scatter`).

    Raises
        UserError: the directory cannot be written.
    """
    finished = datetime.now(UTC)
    record = {
        "kind": kind,
        "subject": subject,
        "data": list(data),
        "command": list(command),
        "finished": finished.isoformat(timespec="seconds"),
        "versions": {"aisle": aisle.__version__, "numpy": np.__version__, "python": platform.python_version()},
        "numbers": dict(numbers),
        "figure": None if figure is None else dict(figure),
    }
    body = json.dumps(record, ensure_ascii=False)
    name = f"{finished:%Y%m%d-%H%M%S}-{kind}-{hashlib.sha256(body.encode()).hexdigest()[:8]}{SUFFIX}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UserError(f"{directory} is a file; name a directory to keep evaluations in") from error
    except OSError as error:
        raise write_error(directory, error) from error
    write_atomic(directory / name, body + "\n")
    return directory / name


def scatter(gold: NDArray[Any], found: NDArray[Any], *, most: int = 3000) -> dict[str, Any]:
    """Points of a picture of human score against cosine: every one, or `most` of them taken evenly and counted."""
    step = max(1, -(-len(gold) // most))
    return {
        "kind": "scatter",
        "x": [round(float(value), 4) for value in gold[::step]],
        "y": [round(float(value), 4) for value in found[::step]],
        "of": len(gold),
    }
