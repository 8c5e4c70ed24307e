"""From a checkpoint to a running engine, in the fastest arithmetic that keeps the vectors' quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.runtime.cache import cache_directory
from aisle.runtime.calibration import calibration_texts, long_texts, plan_quantization, scrambled, try_out
from aisle.runtime.engine import Engine
from aisle.runtime.graph import WORD_TABLE, Weights, encoder_graph
from aisle.runtime.hardware import capabilities, processor
from aisle.runtime.quantization import METHOD, Quantization, load_quantization, save_quantization
from aisle.runtime.settings import EngineSettings
from aisle.runtime.trial import Trial, best, load_trials, save_trials

Tokenize = Callable[[Sequence[str]], Sequence[Sequence[int]]]


def open_engine(
    config: EncoderConfig,
    weights: Weights,
    pooling: str,
    *,
    fingerprint: str,
    tokenize: Tokenize,
    settings: EngineSettings,
) -> Engine:
    """An engine for a checkpoint.

    `auto` takes the fastest of float32, bf16 and int8 that a trial on this machine found close to float32. The trial
    takes some seconds, once for an encoder and a processor.

    Raises
        UserError: a precision that the processor lacks, or int8 for an encoder that it harms.
    """
    _check(settings.precision)

    def build(precision: str, plans: Quantization | None = None) -> Engine:
        graph = partial(_graph, config, weights, pooling, plans)
        return Engine(weights[WORD_TABLE], graph, precision, settings)

    tried = [precision for precision, name in _NAMES.items() if precision != "f32" and name in capabilities()]
    if settings.precision in ("f32", "bf16") or not tried:
        return build("f32" if settings.precision == "auto" else settings.precision)
    store = cache_directory()
    kept = None if store is None else store / f"{fingerprint[:16]}-{pooling}-{processor()}-{METHOD}"
    if kept is not None and _trials_file(kept).is_file():
        chosen = _chosen(settings.precision, load_trials(_trials_file(kept)))
        return build(chosen, load_quantization(_plans_file(kept)) if chosen == "int8" else None)
    ids = tokenize(calibration_texts())
    # Every fourth text is held back for the trial.
    seen = [*(sequence for place, sequence in enumerate(ids) if place % 4), *tokenize(long_texts())]
    seen += scrambled(seen, config.vocab_size)
    plans = plan_quantization(config, weights, seen) if "int8" in tried else {}
    engines = {precision: build(precision, plans if precision == "int8" else None) for precision in ("f32", *tried)}
    trials = try_out({precision: engine.run for precision, engine in engines.items()}, ids[::4])
    if kept is not None:
        if plans:
            save_quantization(_plans_file(kept), plans)
        save_trials(_trials_file(kept), trials)
    return engines[_chosen(settings.precision, trials)]


_NAMES = {"f32": "FP32", "bf16": "BF16", "int8": "INT8"}
"""Arithmetics, and what OpenVINO calls them."""


def _graph(config: EncoderConfig, weights: Weights, pooling: str, plans: Quantization | None, long: bool) -> object:
    return encoder_graph(config, weights, pooling, plans, long=long)


def _trials_file(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def _plans_file(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.safetensors")


def _chosen(precision: str, trials: Mapping[str, Trial]) -> str:
    if precision == "auto":
        return best(trials)
    if not trials[precision].close:
        raise UserError(
            f"in {precision} this encoder's vectors have a mean cosine of {trials[precision].mean_cosine:.4f} to"
            " float32, which is too far; take precision auto or f32"
        )
    return precision


def _check(precision: str) -> None:
    needed = {"auto": "FP32", **_NAMES}.get(precision)
    if needed is None:
        raise UserError(f"precision is {precision!r}; it must be auto, f32, bf16 or int8")
    if needed not in capabilities():
        has = ", ".join(sorted(capabilities() & {"FP32", "BF16", "FP16", "INT8"}))
        raise UserError(
            f"precision {precision} is not in this CPU's hardware, which has {has}; emulated it would be many times"
            " slower: take auto or f32"
        )
