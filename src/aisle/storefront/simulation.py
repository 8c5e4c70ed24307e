"""Simulated events written as a flat log that `aisle shop create --events` reads."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from aisle.progress import Progress
from aisle.shop.event import Event

FIELDS = tuple(Event.__dataclass_fields__)


def write_events(events: Iterable[Event], output: str, progress: Progress) -> dict[str, Any]:
    """Write one JSON object a line, leaving empty fields out; counts by action."""
    actions: dict[str, int] = {}
    written = 0
    with _writer(output) as file:
        for event in events:
            record = {name: value for name in FIELDS if (value := getattr(event, name)) not in ("", None)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            actions[event.action] = actions.get(event.action, 0) + 1
            written += 1
            if written % 5000 == 0:
                progress("simulate", written, 0)
    return {"events": written, "actions": actions, "output": output}


@contextlib.contextmanager
def _writer(output: str) -> Iterator[TextIO]:
    if output == "-":
        yield sys.stdout
    elif output.endswith(".gz"):
        # No time and no name in the header: the same events make the same file.
        with (
            Path(output).open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
            io.TextIOWrapper(packed, encoding="utf-8") as file,
        ):
            yield file
    else:
        with Path(output).open("w", encoding="utf-8") as file:
            yield file
