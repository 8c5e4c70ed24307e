"""One linear layer in eight bits, as OpenVINO operations.

Legend: B texts, T tokens, K inputs, O outputs, M outlier channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.runtime.quantization import LinearQuantization


def quantized_linear(
    op: Any, x_BTK: Any, weight_OK: NDArray[np.float32], bias_O: NDArray[np.float32], plan: LinearQuantization
) -> Any:
    """x Wᵀ + b with the plan's outlier channels in float32 and all others rounded to eight bits."""
    outliers_OM = weight_OK[:, plan.outliers_M]
    weight_OK = weight_OK.copy()
    # The rounded product still sees the outlier channels, clipped; weights of zero take them out of it.
    weight_OK[:, plan.outliers_M] = 0
    outliers_BTM = op.gather(x_BTK, op.constant(plan.outliers_M), op.constant(np.int64(2)))
    exact_BTO = op.matmul(outliers_BTM, op.constant(np.ascontiguousarray(outliers_OM)), False, True)
    if plan.low:
        bias_O = bias_O + np.float32(plan.low) * weight_OK.sum(1)
        x_BTK = op.subtract(x_BTK, op.constant(np.float32(plan.low)))
    scaled_BTK = op.multiply(x_BTK, op.constant((1 / plan.scale_K).reshape(1, 1, -1).astype(np.float32)))
    rounded_BTK = _round_input(op, scaled_BTK, plan)
    product_BTO = op.matmul(rounded_BTK, _round_weight(op, weight_OK * plan.scale_K), False, True)
    # The bias goes with the float32 product, into which OpenVINO fuses it.
    return op.add(product_BTO, op.add(exact_BTO, op.constant(bias_O.astype(np.float32))))


def _round_input(op: Any, x_BTK: Any, plan: LinearQuantization) -> Any:
    def number(value: float) -> Any:
        return op.constant(np.full((1, 1, 1), value, np.float32))

    if plan.low:
        # After the shift nothing is negative: all 256 steps are for what is there.
        return op.fake_quantize(x_BTK, number(0), number(plan.limit), number(0), number(plan.limit), 256)
    top = plan.limit * 127 / 128
    return op.fake_quantize(x_BTK, number(-plan.limit), number(top), number(-plan.limit), number(top), 256)


def _round_weight(op: Any, weight_OK: NDArray[np.float32]) -> Any:
    # One scale an output: the rows of a weight matrix differ in size by more than eight bits would forgive.
    limit_O1 = op.constant(np.abs(weight_OK).max(1, keepdims=True).astype(np.float32))
    minus_O1 = op.constant(-np.abs(weight_OK).max(1, keepdims=True).astype(np.float32))
    return op.fake_quantize(op.constant(weight_OK.astype(np.float32)), minus_O1, limit_O1, minus_O1, limit_O1, 255)
