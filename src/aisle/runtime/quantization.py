"""What it takes to compute one linear layer in eight bits, and how that is kept on disk.

The input is read by columns: column m is channel `channels_M[m]`, times `gain_M[m]`, plus `shift_M[m]`, rounded to a
whole number from 0 to 255. A product of whole numbers follows, and then a scale and a bias for each output.

Legend: K inputs of a layer, M columns that its input is read by, O outputs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from aisle.errors import DamagedError

STEPS = 255
"""The largest whole number that an input is rounded to."""

METHOD = 5
"""Grows when plans are made or kept in another way; a plan made otherwise is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearQuantization:
    """One linear layer in eight bits."""

    channels_M: NDArray[np.int64]
    """The input channel that each column reads, in order; a channel with a wide range is read by several columns."""
    gain_M: NDArray[np.float32]
    """What a column multiplies its channel by."""
    shift_M: NDArray[np.float32]
    """What it adds; the result is clipped to 0 … 255 and rounded."""
    weight_OM: NDArray[np.int8]
    """The rounded weights."""
    scale_O: NDArray[np.float32]
    """What the product of whole numbers is multiplied by."""
    bias_O: NDArray[np.float32]
    """What is added at the end."""

    @property
    def splits_channels(self) -> bool:
        """Whether any channel is read by more than one column."""
        return len(np.unique(self.channels_M)) < len(self.channels_M)

    def then(self, gain_O: NDArray[np.float32] | float, shift_O: NDArray[np.float32] | float = 0) -> LinearQuantization:
        """The layer whose output is this one's times `gain_O` plus `shift_O`."""
        scale_O = np.asarray(self.scale_O * gain_O, np.float32)
        return replace(self, scale_O=scale_O, bias_O=np.asarray(self.bias_O * gain_O + shift_O, np.float32))

    def outputs(self, rows: NDArray[np.int64]) -> LinearQuantization:
        """The layer that gives these outputs of this one, in this order; an output may be given more than once."""
        return replace(self, weight_OM=self.weight_OM[rows], scale_O=self.scale_O[rows], bias_O=self.bias_O[rows])


def beside(plans: Sequence[LinearQuantization]) -> LinearQuantization:
    """One layer that gives the outputs of all, one after another; they must read their input by the same columns."""
    first = plans[0]
    assert all(np.array_equal(plan.gain_M, first.gain_M) for plan in plans), "the layers round their input differently"
    return replace(
        first,
        weight_OM=np.concatenate([plan.weight_OM for plan in plans]),
        scale_O=np.concatenate([plan.scale_O for plan in plans]),
        bias_O=np.concatenate([plan.bias_O for plan in plans]),
    )


Quantization = Mapping[str, LinearQuantization]
"""For each linear layer, by the name of its module in the checkpoint, how it is rounded."""

_FIELDS = tuple(field.name for field in fields(LinearQuantization))


def save_quantization(path: Path, quantization: Quantization) -> None:
    """Keep a plan; a reader sees all of it or nothing."""
    # safetensors writes memory as it lies, whatever the array's order.
    tensors = {
        f"{name}/{field}": np.ascontiguousarray(getattr(plan, field))
        for name, plan in quantization.items()
        for field in _FIELDS
    }
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    save_file(tensors, str(temporary))
    temporary.replace(path)


def load_quantization(path: Path) -> dict[str, LinearQuantization]:
    """Read a plan.

    Raises
        DamagedError: the file is not whole.
    """
    with safe_open(str(path), "numpy") as file:
        keys = list(file.keys())
        names = dict.fromkeys(key.partition("/")[0] for key in keys)
        if set(keys) != {f"{name}/{field}" for name in names for field in _FIELDS}:
            raise DamagedError(f"{path} is not a whole rounding plan; delete it, and it is worked out again")
        return {
            name: LinearQuantization(**{field: file.get_tensor(f"{name}/{field}") for field in _FIELDS})
            for name in names
        }
