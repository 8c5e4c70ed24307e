"""Plain text, a line at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aisle.errors import UserError
from aisle.files.opening import numbered_lines, open_input, shown_name


def read_lines(path: str | Path) -> Iterator[str]:
    """The lines of a UTF-8 file (`.gz` too, `-` is standard input), without their line ends.

    Empty lines are lines. Raises `UserError` with the line number for bad UTF-8, a NUL byte or an endless line, because
    every line of the input answers to one line of the output and none can be set aside.
    """
    name = shown_name(path)
    with open_input(path) as stream:
        for line in numbered_lines(stream, name):
            if line.problem:
                raise UserError(f"{name}, line {line.number}: {line.problem}; save the file as UTF-8 text")
            yield line.text.removesuffix("\n").removesuffix("\r")
