"""Decides, once for an encoder on a machine, whether eight-bit arithmetic is good and fast enough, and how to round.

Legend: N tokens, K inputs of a layer, D vector length, C calibration texts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.model.config import EncoderConfig
from aisle.runtime.graph import Weights, tapped_graph
from aisle.runtime.hardware import core
from aisle.runtime.quantization import LinearQuantization, Trial, plan_linear

OUTLIER_SHARE = 12
"""One in so many input channels, the largest, stays in float32."""

GELU_LOWEST = -0.17
"""GELU's minimum is -0.16997 (at x = -0.7518)."""


def calibration_texts() -> list[str]:
    """Sentences, questions, product names and queries, written for this purpose, and paragraphs made of them."""
    lines = files("aisle.runtime").joinpath("calibration.txt").read_text("utf-8").splitlines()
    # Long inputs have channels that short ones never drive; eleven lines are some 120 tokens.
    return lines + [" ".join(lines[start : start + 11]) for start in range(0, len(lines), 7)]


def plan_quantization(
    config: EncoderConfig, weights: Weights, ids: Sequence[Sequence[int]]
) -> dict[str, LinearQuantization]:
    """Rounding plans for every linear layer from what its inputs look like on calibration texts (C token sequences)."""
    graph, names = tapped_graph(config, weights, "mean")
    compiled = core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})  # type: ignore[attr-defined]
    seen: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    for sequence in ids:
        outputs = compiled([np.array([sequence], np.int32)])
        for place, name in enumerate(names, 1):
            seen[name].append(outputs[place][0].copy())
    plans: dict[str, LinearQuantization] = {}
    for group in _sharing_input(names):
        inputs_NK = np.concatenate(seen[group[0]])
        weight_OK = np.concatenate([weights[f"{name}.weight"] for name in group])
        plan = plan_linear(
            inputs_NK,
            weight_OK,
            num_outliers=max(1, inputs_NK.shape[1] // OUTLIER_SHARE),
            low=_lowest_input(group[0], config),
        )
        plans |= dict.fromkeys(group, plan)
    return plans


def try_out(
    exact: Callable[[Sequence[Sequence[int]]], NDArray[Any]],
    rounded: Callable[[Sequence[Sequence[int]]], NDArray[Any]],
    ids: Sequence[Sequence[int]],
) -> Trial:
    """Compare two engines on texts that took no part in calibration."""
    exact_ND, rounded_ND = exact(ids), rounded(ids)
    lengths_N = np.linalg.norm(exact_ND, axis=1) * np.linalg.norm(rounded_ND, axis=1)
    many = list(ids) * 3
    # The first run has compiled every shape; taking turns, a busy moment of the machine hits both alike.
    seconds: dict[str, list[float]] = {"exact": [], "rounded": []}
    for _ in range(3):
        for name, run in (("exact", exact), ("rounded", rounded)):
            started = time.perf_counter()
            run(many)
            seconds[name].append(time.perf_counter() - started)
    return Trial(
        mean_cosine=float(((exact_ND * rounded_ND).sum(1) / lengths_N).mean()),
        gain=min(seconds["exact"]) / min(seconds["rounded"]),
    )


def _sharing_input(names: Sequence[str]) -> list[list[str]]:
    """Query, key and value read the same numbers, so they round them alike, once."""
    groups: dict[str, list[str]] = {}
    for name in names:
        stem, _, last = name.rpartition(".")
        groups.setdefault(stem if last in ("query", "key", "value") else name, []).append(name)
    return list(groups.values())


def _lowest_input(name: str, config: EncoderConfig) -> float:
    if name.endswith("attention.output.dense") or not name.endswith("output.dense"):
        return 0.0
    return 0.0 if config.hidden_act == "relu" else GELU_LOWEST
