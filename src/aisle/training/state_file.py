"""Tensors of any kind and some facts in one `.safetensors` file, written all or not at all.

The format: 8 bytes with the length of a JSON header, the header, the numbers. Written straight from the tensors' memory
through `atomic_file`, so that a disk that fills up leaves the file that was there before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from aisle.errors import DamagedError
from aisle.files.atomic import atomic_file

_KINDS = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def write_state(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Put tensors and facts (anything JSON can hold) at `path` in one step, durable when it returns.

    Raises
        AisleError: no room is left, or the place cannot be written to; what was at `path` is still there.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header: dict[str, Any] = {"__metadata__": {"format": "pt", "facts": json.dumps(facts)}}
    end = 0
    for name, tensor in plain.items():
        first, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _KINDS[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [first, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with atomic_file(path) as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for tensor in plain.values():
            file.write(tensor.reshape(-1).view(torch.uint8).numpy().data)


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `write_state` wrote.

    Raises
        DamagedError: the file is not whole.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
            return tensors, json.loads(file.metadata()["facts"])
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"{path} is not a sound checkpoint ({error}); remove it to go on without it") from error
