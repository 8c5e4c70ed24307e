"""Dataclasses of arrays as files: one .npy for each field, mapped into memory when opened.

Several processes that open one index share its pages, and opening takes no time however large it is.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.files.atomic import write_error
from aisle.json_text import from_json

Holder = TypeVar("Holder")
_SMALLEST_MAPPED = 4096


def save_arrays(directory: Path, name: str, holder: Any) -> None:
    """Write every array of a dataclass as `directory/name_field.npy`; other fields are left to the caller."""
    for field in fields(holder):
        value = getattr(holder, field.name)
        if isinstance(value, np.ndarray):
            path = _path(directory, name, field.name)
            try:
                np.save(path, value)
            except OSError as error:
                raise write_error(path, error) from error


def open_arrays(kind: type[Holder], directory: Path, name: str, /, **given: Any) -> Holder:
    """A dataclass of the arrays that `save_arrays` wrote; fields that are no arrays are `given`."""
    arrays = {
        field.name: open_array(_path(directory, name, field.name))
        for field in fields(kind)  # type: ignore[arg-type]
        if field.name not in given
    }
    return kind(**given, **arrays)


def open_array(path: Path) -> NDArray[Any]:
    """One array, read-only: mapped into memory, or read if its file is smaller than a page.

    Raises DamagedError where the file is missing or no array.
    """
    try:
        # A file of no elements cannot be mapped.
        size = path.stat().st_size
        array: NDArray[Any] = np.load(path, mmap_mode=None if size < _SMALLEST_MAPPED else "r")
    except FileNotFoundError:
        raise DamagedError(f"{path}: missing; build the shop again") from None
    except (ValueError, EOFError, OSError) as error:
        raise DamagedError(f"{path}: cannot be read ({error}); build the shop again") from error
    array.flags.writeable = False
    # A plain array over the mapped pages: the class of mapped arrays makes every slice slower.
    return array.view(np.ndarray)


def read_facts(path: Path) -> dict[str, Any]:
    """A JSON object of ours. Raises DamagedError where it is missing or not one."""
    try:
        facts = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path}: cannot be read ({error}); build the shop again") from error
    if not isinstance(facts, dict):
        raise DamagedError(f"{path}: holds no facts; build the shop again")
    return facts


def _path(directory: Path, name: str, field: str) -> Path:
    base = field.rsplit("_", 1)[0]
    return directory / f"{f'{name}_' if name else ''}{base}.npy"
