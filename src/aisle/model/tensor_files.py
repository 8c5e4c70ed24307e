"""Tensors in files: `.safetensors` mapped into memory, `pytorch_model.bin` through torch. All come as float32."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from aisle.errors import UserError
from aisle.json_text import from_json

_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def read_tensors(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The names and tensors of a file. Tensors of whole numbers are left out: no weight is one.

    Raises
        UserError: the file is damaged, or holds more than plain tensors, or needs torch, which is not installed.
    """
    return _read_pickle(path) if path.suffix == ".bin" else _read_safetensors(path)


def write_tensors(path: Path, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a `.safetensors` file, all of it or nothing: arrays that are mapped from the old file stay valid."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    plain = {name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()}
    save_file(plain, str(unfinished), metadata={"format": "pt"})
    unfinished.replace(path)


def _read_safetensors(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The format: 8 bytes with the length of a JSON header, the header, the numbers. Nothing is copied for float32."""
    try:
        with path.open("rb") as file:
            header_size = int.from_bytes(file.read(8), "little")
            if header_size > path.stat().st_size:
                raise ValueError("its header is longer than the file")
            header: dict[str, Any] = from_json(file.read(header_size))
            header.pop("__metadata__", None)
            needed = max((entry["data_offsets"][1] for entry in header.values()), default=0)
            given = path.stat().st_size - 8 - header_size
            if needed > given:
                raise ValueError(f"it should hold {needed} bytes of numbers and holds {given}")
        mapped = np.memmap(path, np.uint8, "r", offset=8 + header_size) if needed else np.zeros(0, np.uint8)
        tensors = [(name, _to_float32(mapped, entry)) for name, entry in header.items() if entry["dtype"] in _KINDS]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is not a sound safetensors file ({error}); copy or download it again") from error
    yield from tensors


def _to_float32(mapped: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[np.float32]:
    first, end = entry["data_offsets"]
    numbers = mapped[first:end].view(_KINDS[entry["dtype"]])
    if entry["dtype"] == "BF16":
        # bfloat16 is the upper half of a float32.
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    return np.asarray(numbers, np.float32).reshape(entry["shape"])


def _read_pickle(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """A pickle that torch wrote, opened with `weights_only=True`, which refuses anything that would run code."""
    try:
        import torch
    except ImportError as error:
        raise UserError(
            f"{path} can be read with torch only, which is not installed; "
            "install it, or save the checkpoint as model.safetensors"
        ) from error
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling fails in many ways, and torch tells them apart by text only
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(f"{path} is no sound table of weights ({reason}); save it as model.safetensors") from error
    if not isinstance(state, dict):
        raise UserError(f"{path} holds a {type(state).__name__} where a table of weights is needed")
    for name, tensor in state.items():
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            yield name, tensor.to(torch.float32).numpy()
