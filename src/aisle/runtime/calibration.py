"""Works out, once for an encoder on a machine, how to round to eight bits, and tries arithmetics out.

Legend: N tokens, K inputs of a layer, D vector length, C calibration texts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.model.config import EncoderConfig
from aisle.runtime.graph import WORD_TABLE, Weights, tapped_graph
from aisle.runtime.hardware import core
from aisle.runtime.quantization import LinearQuantization
from aisle.runtime.rounding import round_linear
from aisle.runtime.trial import Trial

SCRAMBLED = 150
"""Sequences of random tokens beside the calibration texts."""
ROUNDS = 3
"""How often a trial is timed; the fastest counts."""


def calibration_texts() -> list[str]:
    """Sentences, questions, product names and queries, written for this purpose, and paragraphs made of them."""
    lines = _lines()
    # Long inputs have channels that short ones never drive; eleven lines are some 120 tokens.
    return lines + [" ".join(lines[start : start + 11]) for start in range(0, len(lines), 7)]


def long_texts() -> list[str]:
    """Texts of some 240 and 480 tokens, of the same lines.

    Without them texts of 512 tokens come out at a mean cosine of 0.990, with them at 0.999: an attention over many
    tokens and the later positions have ranges of their own.
    """
    lines = _lines()
    places = [(start, 44) for start in range(0, len(lines) - 30, 18)]
    places += [(start, 22) for start in range(5, len(lines) - 22, 22)]
    return [" ".join(lines[start : start + length]) for start, length in places]


def _lines() -> list[str]:
    return files("aisle.runtime").joinpath("calibration.txt").read_text("utf-8").splitlines()


def scrambled(ids: Sequence[Sequence[int]], vocab_size: int) -> list[list[int]]:
    """Sequences of tokens drawn from the whole vocabulary, between the special tokens of `ids`.

    They reach tokens, and so ranges of channels, that no short list of texts would.
    """
    random = np.random.default_rng(0)
    first, last = ids[0][0], ids[0][-1]
    lengths = random.integers(3, 30, SCRAMBLED)
    return [[first, *random.integers(max(first, last) + 1, vocab_size, length).tolist(), last] for length in lengths]


def plan_quantization(
    config: EncoderConfig, weights: Weights, ids: Sequence[Sequence[int]]
) -> dict[str, LinearQuantization]:
    """Every linear layer in eight bits, from what its inputs look like on calibration texts (C token sequences)."""
    graph, names = tapped_graph(config, weights, "mean")
    compiled = core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})  # type: ignore[attr-defined]
    seen: dict[str, list[NDArray[np.float16]]] = {name: [] for name in names}
    for sequence in ids:
        # Scrambled texts may be longer than a small encoder reads.
        outputs = compiled([weights[WORD_TABLE][np.array([sequence[: config.max_tokens]])]])
        for place, name in enumerate(names, 1):
            # Half precision is enough to round by, and halves the memory.
            seen[name].append(outputs[place][0].astype(np.float16))
    plans: dict[str, LinearQuantization] = {}
    for group in _sharing_input(names):
        plan = round_linear(
            np.concatenate(seen[group[0]]).astype(np.float32),
            np.concatenate([weights[f"{name}.weight"] for name in group]),
            np.concatenate([weights[f"{name}.bias"] for name in group]),
            may_split=_gives_hidden(group[0]),
            centred=not group[0].endswith("attention.output.dense"),
        )
        sizes = [len(weights[f"{name}.bias"]) for name in group]
        for name, end, size in zip(group, np.cumsum(sizes).tolist(), sizes, strict=True):
            plans[name] = plan.outputs(np.arange(end - size, end))
    return plans


def try_out(
    runs: Mapping[str, Callable[[Sequence[Sequence[int]]], NDArray[Any]]], ids: Sequence[Sequence[int]]
) -> dict[str, Trial]:
    """Compare engines with the first one, the exact one, on texts that took no part in calibration."""
    # The first run makes the kernels of every shape.
    vectors = {name: run(ids) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        # Taking turns, a busy moment of the machine hits all alike.
        for name, run in runs.items():
            started = time.perf_counter()
            run(ids)
            seconds[name].append(time.perf_counter() - started)
    exact, *others = runs
    return {
        name: Trial(
            mean_cosine=float(_cosines(vectors[exact], vectors[name]).mean()),
            gain=min(seconds[exact]) / min(seconds[name]),
        )
        for name in others
    }


def _cosines(a_ND: NDArray[Any], b_ND: NDArray[Any]) -> NDArray[Any]:
    cosines_N: NDArray[Any] = (a_ND * b_ND).sum(1) / (np.linalg.norm(a_ND, axis=1) * np.linalg.norm(b_ND, axis=1))
    return cosines_N


def _sharing_input(names: Sequence[str]) -> list[list[str]]:
    """Query, key and value read the same numbers, so they round them alike, once."""
    groups: dict[str, list[str]] = {}
    for name in names:
        stem, _, last = name.rpartition(".")
        groups.setdefault(stem if last in ("query", "key", "value") else name, []).append(name)
    return list(groups.values())


def _gives_hidden(name: str) -> bool:
    """Whether the layer reads a feed-forward network's hidden numbers: the layer before it can give one repeatedly."""
    return name.endswith("output.dense") and not name.endswith("attention.output.dense")
