"""One linear layer in eight bits, as OpenVINO operations.

Legend: B texts, T tokens, K inputs, M columns that the input is read by, O outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aisle.runtime.quantization import STEPS, LinearQuantization
from aisle.runtime.rounding import LARGEST_WEIGHT


def scaled_columns(op: Any, x_BTM: Any, plan: LinearQuantization) -> Any:
    """The columns, not rounded yet. OpenVINO fuses both operations into whatever gives x."""
    return op.add(op.multiply(x_BTM, _row(op, plan.gain_M)), _row(op, plan.shift_M))


def rounded_columns(op: Any, scaled_BTM: Any) -> Any:
    """The columns as whole numbers from 0 to 255."""
    low, high = (op.constant(np.full((1, 1, 1), value, np.float32)) for value in (0, STEPS))
    return op.fake_quantize(scaled_BTM, low, high, low, high, STEPS + 1)


def quantized_product(op: Any, rounded_BTM: Any, plan: LinearQuantization) -> Any:
    """The layer's output (B, T, O) from its rounded columns."""
    limit_O1 = (plan.scale_O * LARGEST_WEIGHT)[:, None]
    exact_OM = op.constant(plan.weight_OM.astype(np.float32) * plan.scale_O[:, None])
    # OpenVINO knows eight-bit weights by this operation, which gives back what it is given.
    low_O1, high_O1 = op.constant(-limit_O1), op.constant(limit_O1)
    weight_OM = op.fake_quantize(exact_OM, low_O1, high_O1, low_O1, high_O1, 2 * LARGEST_WEIGHT + 1)
    return op.add(op.matmul(rounded_BTM, weight_OM, False, True), op.constant(plan.bias_O))


def _row(op: Any, values_M: Any) -> Any:
    return op.constant(np.ascontiguousarray(values_M.reshape(1, 1, -1), np.float32))
