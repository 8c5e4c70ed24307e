"""Chooses how the input and the weights of a linear layer are rounded to eight bits.

Plain rounding of BERT activations costs several points of cosine, because a few channels of a few tokens (`[CLS]`,
`[SEP]`, full stops) are ten times larger than all others and stretch the scale. Four remedies, none of which adds an
operation to the forward pass:

- every channel is centred and scaled to about the same range, and its weights take the scale back (SmoothQuant,
  arXiv 2211.10438, eq. 4; Outlier Suppression+, arXiv 2304.09145, section 4);
- the widest channels inside a feed-forward network are spread over several columns, one for each part of the range,
  so that their weights stay small: the layer before simply gives such a channel several times. (Outlier channel
  splitting, arXiv 1901.09504, section 3, also reads a channel more than once, but halves it.)
- weights are rounded one column after another, each making up for the errors of those before (GPTQ, arXiv 2210.17323,
  algorithm 1);
- the bias makes the mean output right.

Legend: N tokens seen in calibration, K inputs of a layer, M columns, O outputs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aisle.runtime.quantization import STEPS, LinearQuantization

SMOOTHING = 0.85
"""Share of a channel's range that moves into its weights: SmoothQuant's alpha, chosen on MiniLM."""
SPLIT_SHARE = 24
"""One column in so many is there for a part of a wide channel, where channels may be split."""
DAMPING = 0.01
"""What is added to the curvature's diagonal, as a share of its mean."""
LARGEST_WEIGHT = 127
_TINY = 1e-6
_BLOCK = 32
"""Columns whose errors are passed on together."""


def round_linear(
    inputs_NK: NDArray[np.float32],
    weight_OK: NDArray[np.float32],
    bias_O: NDArray[np.float32],
    *,
    may_split: bool,
    centred: bool,
) -> LinearQuantization:
    """A linear layer in eight bits, from inputs seen in calibration.

    `may_split` says that the layer before can give a channel several times; `centred` that a channel's range is taken
    as it was seen, and not as symmetric about 0.
    """
    low_K, high_K = inputs_NK.min(0).astype(np.float64), inputs_NK.max(0).astype(np.float64)
    if not centred:
        high_K = np.maximum(np.abs(low_K), np.abs(high_K))
        low_K = -high_K
    largest_weight_K = np.abs(weight_OK).max(0) + _TINY
    parts_K = _parts(high_K - low_K, largest_weight_K, len(low_K) // SPLIT_SHARE if may_split else 0)
    channels_M = np.repeat(np.arange(len(low_K)), parts_K)
    width_M = ((high_K - low_K) / parts_K)[channels_M] + _TINY
    part_M = np.concatenate([np.arange(count) for count in parts_K])
    low_M = low_K[channels_M] + part_M * width_M

    # How wide each column is once its weights have taken their share; the widest fills the 255 steps.
    smooth_M = width_M**SMOOTHING / largest_weight_K[channels_M] ** (1 - SMOOTHING)
    step_M = smooth_M * (width_M / smooth_M).max() / STEPS
    # A part of a channel fills the steps, so that clipping ends it where the next one begins.
    step_M = np.where(parts_K[channels_M] > 1, width_M / STEPS, step_M)
    # A column that does not fill them lies in their middle.
    middle_M = (STEPS - width_M / step_M) / 2
    gain_M = (1 / step_M).astype(np.float32)
    shift_M = (middle_M - low_M / step_M).astype(np.float32)

    columns_NM = read_columns(inputs_NK, channels_M, gain_M, shift_M)
    exact_OM = weight_OK[:, channels_M] * step_M
    mean_M = columns_NM.mean(0)
    columns_NM -= mean_M
    rounded_OM, scale_O = round_weights(exact_OM, columns_NM.T @ columns_NM)
    mean_output_O = weight_OK @ inputs_NK.mean(0, dtype=np.float64) + bias_O
    return LinearQuantization(
        channels_M=channels_M,
        gain_M=gain_M,
        shift_M=shift_M,
        weight_OM=rounded_OM,
        scale_O=scale_O,
        bias_O=(mean_output_O - (rounded_OM @ mean_M) * scale_O).astype(np.float32),
    )


def read_columns(
    inputs_NK: NDArray[np.float32],
    channels_M: NDArray[np.int64],
    gain_M: NDArray[np.float32],
    shift_M: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The whole numbers (N, M) that the columns read."""
    return np.clip(np.round(inputs_NK[:, channels_M] * gain_M + shift_M), 0, STEPS)


def round_weights(
    exact_OM: NDArray[np.float64], curvature_MM: NDArray[np.float32]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rounded weights (O, M) and their scale (O,), such that the outputs change little.

    The curvature is XᵀX of the layer's inputs. Columns are rounded from the one that matters most to the least, and the
    error of each is made up for by those still to come (arXiv 2210.17323, algorithm 1).
    """
    limit_O = np.abs(exact_OM).max(1) + _TINY
    scale_O = limit_O / LARGEST_WEIGHT
    order_M = np.argsort(-curvature_MM.diagonal(), kind="stable")
    inverse_MM = _inverse_factor(curvature_MM[np.ix_(order_M, order_M)].astype(np.float64)).astype(np.float32)
    # A column is read and written at once, so columns lie in rows here.
    left_MO = np.ascontiguousarray((exact_OM / scale_O[:, None]).T[order_M], np.float32)
    rounded_MO = np.empty_like(left_MO)
    for start in range(0, len(left_MO), _BLOCK):
        end = min(start + _BLOCK, len(left_MO))
        error_BO = np.empty((end - start, left_MO.shape[1]), np.float32)
        for column in range(start, end):
            rounded_MO[column] = np.clip(np.round(left_MO[column]), -LARGEST_WEIGHT, LARGEST_WEIGHT)
            error_O = (left_MO[column] - rounded_MO[column]) / inverse_MM[column, column]
            left_MO[column + 1 : end] -= inverse_MM[column, column + 1 : end, None] * error_O
            error_BO[column - start] = error_O
        left_MO[end:] -= inverse_MM[start:end, end:].T @ error_BO
    restored_OM = np.empty((len(exact_OM), len(left_MO)), np.int8)
    restored_OM[:, order_M] = rounded_MO.T
    return restored_OM, scale_O.astype(np.float32)


def _inverse_factor(curvature_MM: NDArray[np.float64]) -> NDArray[np.float64]:
    """The upper Cholesky factor of the inverse: how an error in one column is best made up for in later ones."""
    curvature_MM[np.diag_indices_from(curvature_MM)] += DAMPING * curvature_MM.diagonal().mean() + _TINY
    return np.linalg.cholesky(np.linalg.inv(curvature_MM)).T


def _parts(width_K: NDArray[np.float64], largest_weight_K: NDArray[np.float64], extra: int) -> NDArray[np.int64]:
    """Into how many parts each channel's range is cut: `extra` cuts, each where a scaled weight is then the largest."""
    parts_K = np.ones(len(width_K), np.int64)
    reach_K = width_K * largest_weight_K
    for _ in range(extra):
        parts_K[np.argmax(reach_K / parts_K)] += 1
    return parts_K
