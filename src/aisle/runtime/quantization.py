"""How the inputs and weights of a linear layer are rounded to eight bits.

Plain rounding of BERT activations costs several points of cosine, because a few channels of a few tokens (`[CLS]`,
`[SEP]`, full stops) are ten times larger than all others and stretch the scale. Two remedies, both exact but for the
rounding itself: the largest channels stay in float32, as LLM.int8() does (arXiv 2208.07339, section 3.2), and the
others are evened out by moving scale from the input into the weights, as SmoothQuant does (arXiv 2211.10438, eq. 4).

Legend: N tokens seen in calibration, K inputs of a layer, O outputs, M outlier channels.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

SMOOTHING = 0.65
"""Share of a channel's scale that moves into the weights: SmoothQuant's alpha, measured on MiniLM (docs/results.md)."""


LOWEST_MEAN_COSINE = 0.999
"""Eight-bit vectors further than this from float32, on average over the texts held back, are not used."""
LEAST_GAIN = 1.15
"""How many times faster than float32 eight bits must be to be worth their rounding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What the trial of an eight-bit encoder found."""

    mean_cosine: float
    """To float32, over the texts held back from calibration."""
    gain: float
    """Times faster than float32."""

    @property
    def close(self) -> bool:
        """Whether the vectors are as good as float32's."""
        return self.mean_cosine >= LOWEST_MEAN_COSINE

    @property
    def accepted(self) -> bool:
        """Whether eight bits should stand in for float32."""
        return self.close and self.gain >= LEAST_GAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearQuantization:
    """The rounding of one linear layer."""

    outliers_M: NDArray[np.int64]
    """Input channels that are multiplied in float32."""
    scale_K: NDArray[np.float32]
    """What each input channel is divided by, and its weights multiplied by, before rounding."""
    low: float
    """Smallest value an input takes where that is known (GELU never goes below -0.17); it is subtracted first."""
    limit: float
    """Largest magnitude of a scaled input that is kept; larger ones are clipped."""


def plan_linear(
    inputs_NK: NDArray[np.float32], weight_OK: NDArray[np.float32], *, num_outliers: int, low: float = 0.0
) -> LinearQuantization:
    """Choose outlier channels, scales and the clipping limit from inputs seen in calibration."""
    largest_K = np.abs(inputs_NK).max(0)
    outliers_M = np.sort(np.argsort(-largest_K, kind="stable")[:num_outliers])
    kept_K = np.ones(len(largest_K), bool)
    kept_K[outliers_M] = False
    shifted_NK = inputs_NK - low
    tiny = 1e-6
    input_K = np.abs(shifted_NK).max(0) + tiny
    weight_K = np.abs(weight_OK).max(0) + tiny
    scale_K = np.ones(len(largest_K), np.float32)
    scale_K[kept_K] = (input_K**SMOOTHING / weight_K ** (1 - SMOOTHING))[kept_K]
    scale_K[kept_K] /= scale_K[kept_K].mean()
    limit = float(np.abs(shifted_NK[:, kept_K] / scale_K[kept_K]).max())
    return LinearQuantization(outliers_M=outliers_M.astype(np.int64), scale_K=scale_K, low=low, limit=limit)


Quantization = Mapping[str, LinearQuantization]
"""For each linear layer, by the name of its module in the checkpoint, how it is rounded."""


def save_quantization(path: Path, quantization: Quantization, trial: Trial) -> None:
    """Keep a plan and what its trial found; a reader sees all of it or nothing."""
    tensors: dict[str, NDArray[np.generic]] = {}
    for name, plan in quantization.items():
        tensors[f"{name}.outliers"] = plan.outliers_M
        tensors[f"{name}.scale"] = plan.scale_K
        tensors[f"{name}.range"] = np.array([plan.low, plan.limit], np.float64)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    save_file(tensors, str(temporary), {"mean_cosine": repr(trial.mean_cosine), "gain": repr(trial.gain)})
    temporary.replace(path)


def load_quantization(path: Path) -> dict[str, LinearQuantization]:
    """Read a plan."""
    with safe_open(str(path), "numpy") as file:
        names = [key.removesuffix(".scale") for key in file.keys() if key.endswith(".scale")]  # noqa: SIM118
        plans = {}
        for name in names:
            low, limit = file.get_tensor(f"{name}.range").tolist()
            plans[name] = LinearQuantization(
                outliers_M=file.get_tensor(f"{name}.outliers"),
                scale_K=file.get_tensor(f"{name}.scale"),
                low=low,
                limit=limit,
            )
    return plans


def load_trial(path: Path) -> Trial:
    """What the trial of a kept plan found."""
    with safe_open(str(path), "numpy") as file:
        found = file.metadata()
    return Trial(mean_cosine=float(found["mean_cosine"]), gain=float(found["gain"]))
