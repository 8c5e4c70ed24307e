"""Recipe files: the flags of a command in a TOML or JSON file, under the names of its settings."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from aisle.errors import UserError

FLAG = "--recipe"


def with_recipe(command: type, flags: Sequence[str]) -> list[str]:
    """The flags, with those of the recipe that they name in front, so that a flag that is given by hand wins.

    Commands without a setting `recipe` are left alone.

    Raises
        UserError: the file cannot be read, or names a setting that the command does not have.
    """
    names = [field.name for field in fields(command)]
    path = _named(flags)
    if path is None or "recipe" not in names:
        return list(flags)
    values = read_recipe(path)
    allowed = [name for name in names if name != "recipe"]
    unknown = [name for name in values if name.replace("-", "_") not in allowed]
    if unknown:
        raise UserError(f"{path}: there is no setting {unknown[0]!r}; the settings are {', '.join(allowed)}")
    given = {flag.partition("=")[0] for flag in flags}
    # Left out and not put in front where a flag says otherwise: some kinds of flag may be given once only.
    kept = {name: value for name, value in values.items() if not given & set(_spellings(name))}
    return [word for name, value in kept.items() for word in _words(path, name, value)] + list(flags)


def read_recipe(path: Path) -> dict[str, Any]:
    """The settings in a `.toml` or `.json` file.

    Raises
        UserError: it cannot be read, or is no table of settings.
    """
    kinds = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix not in kinds:
        raise UserError(f"{path}: a recipe is a .toml or .json file")
    try:
        values = kinds[path.suffix](path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"{path}: the recipe cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UserError(f"{path}: the recipe is not sound {path.suffix[1:].upper()} ({error})") from error
    if not isinstance(values, Mapping):
        raise UserError(f"{path}: a recipe names settings and their values; this is a {type(values).__name__}")
    return dict(values)


def _named(flags: Sequence[str]) -> Path | None:
    found = None
    for place, flag in enumerate(flags):
        if flag == FLAG and place + 1 < len(flags):
            found = flags[place + 1]
        elif flag.startswith(f"{FLAG}="):
            found = flag.partition("=")[2]
    return None if found is None else Path(found)


def _spellings(name: str) -> Iterator[str]:
    for spelling in (name.replace("_", "-"), name.replace("-", "_")):
        yield from (f"--{spelling}", f"--no-{spelling}", f"--no_{spelling}")


def _words(path: Path, name: str, value: object) -> list[str]:
    """A setting as it is written on the command line."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    if isinstance(value, list):
        return [f"--{flag}", *map(str, value)]
    if isinstance(value, str | int | float):
        return [f"--{flag}", str(value)]
    raise UserError(f"{path}: {name} is {value!r}; a setting is a number, a text, true, false, or a list of these")
