"""The page docs/commands.md, written from the commands themselves; `make docs` writes it anew."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from importlib import import_module
from typing import Any

from aisle.cli.main import COMMANDS

HEAD = """# Commands

Written from the code by `make docs`. Every command takes `--help`. With `--json` a command prints one JSON object on
standard output and nothing else there; progress and remarks go to standard error. Exit status: 0 done, 2 wrong use or
bad input, 1 anything else.
"""


def reference() -> str:
    """The whole page."""
    return HEAD + "".join(_command(path, *target.split(":")) for path, (target, _) in COMMANDS.items())


def _command(path: tuple[str, ...], module: str, name: str) -> str:
    command = getattr(import_module(f"aisle.cli.commands.{module}"), name)
    documented = field_docs(command)
    words, flags = ["aisle", *path], []
    for field in dataclasses.fields(command):
        annotation = str(field.type)
        if "Positional" in annotation:
            words.append(field.name.upper())
        flags.append((field, "Positional" in annotation))
    lines = [f"\n## aisle {' '.join(path)}\n", f"{inspect.cleandoc(command.__doc__ or '')}\n", f"`{' '.join(words)}`\n"]
    lines += ["| | default | |", "|---|---|---|"]
    for field, positional in flags:
        shown = field.name.upper() if positional else f"`--{field.name.replace('_', '-')}`"
        lines.append(f"| {shown} | {_default(field)} | {documented[field.name]} |")
    return "\n".join(lines) + "\n"


def field_docs(settings: type) -> dict[str, str]:
    """The docstring under each field of a dataclass and of those it extends, by field name."""
    found: dict[str, str] = {}
    for kind in reversed(settings.__mro__):
        if not dataclasses.is_dataclass(kind):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, note in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                value = note.value if isinstance(note, ast.Expr) else None
                text = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
                found[field.target.id] = " ".join(text.split()).replace("|", "\\|")
    return found


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "needed"
    if field.default in ("", None, ()):
        return ""
    return f"`{field.default}`"


if __name__ == "__main__":
    print(reference(), end="")
