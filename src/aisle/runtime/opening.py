"""From a checkpoint to a running engine, in the fastest arithmetic that keeps the vectors' quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.runtime.cache import cache_directory
from aisle.runtime.calibration import calibration_texts, plan_quantization, scrambled, try_out
from aisle.runtime.engine import Engine
from aisle.runtime.graph import Weights, encoder_graph
from aisle.runtime.hardware import capabilities, processor
from aisle.runtime.quantization import METHOD, Quantization, Trial, load_quantization, load_trial, save_quantization
from aisle.runtime.settings import EngineSettings

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

    `auto` takes bf16 where the processor multiplies it natively; else int8 where a trial on this machine found it
    both close to float32 and faster; else f32. The trial takes some seconds, once for an encoder and a processor.

    Raises
        UserError: a precision that the processor lacks, or int8 for an encoder that it harms.
    """
    precision = settings.precision
    _check(precision)
    if precision == "auto" and "BF16" in capabilities():
        precision = "bf16"
    if precision in ("f32", "bf16") or "INT8" not in capabilities():
        return Engine(encoder_graph(config, weights, pooling), "bf16" if precision == "bf16" else "f32", settings)
    store = cache_directory()
    kept = None if store is None else store / f"{fingerprint[:16]}-{pooling}-{processor()}-{METHOD}.safetensors"
    if kept is not None and kept.is_file():
        trial = load_trial(kept)
        if _wanted(trial, precision):
            return _rounded(config, weights, pooling, load_quantization(kept), settings)
        return Engine(encoder_graph(config, weights, pooling), "f32", settings)
    return _tried(config, weights, pooling, tokenize, settings, kept)


def _tried(
    config: EncoderConfig,
    weights: Weights,
    pooling: str,
    tokenize: Tokenize,
    settings: EngineSettings,
    kept: Path | None,
) -> Engine:
    ids = tokenize(calibration_texts())
    # Every fourth text is held back for the trial.
    seen = [sequence for place, sequence in enumerate(ids) if place % 4] + scrambled(ids, config.vocab_size)
    plans = plan_quantization(config, weights, seen)
    exact = Engine(encoder_graph(config, weights, pooling), "f32", settings)
    rounded = _rounded(config, weights, pooling, plans, settings)
    trial = try_out(exact.run, rounded.run, ids[::4])
    if kept is not None:
        save_quantization(kept, plans, trial)
    return rounded if _wanted(trial, settings.precision) else exact


def _rounded(
    config: EncoderConfig, weights: Weights, pooling: str, plans: Quantization, settings: EngineSettings
) -> Engine:
    return Engine(encoder_graph(config, weights, pooling, plans), "int8", settings)


def _wanted(trial: Trial, precision: str) -> bool:
    if precision == "int8" and not trial.close:
        raise UserError(
            f"in int8 this encoder's vectors have a mean cosine of {trial.mean_cosine:.4f} to float32, which is too"
            " far; take precision auto or f32"
        )
    return precision == "int8" or trial.accepted


def _check(precision: str) -> None:
    needed = {"auto": "FP32", "f32": "FP32", "bf16": "BF16", "int8": "INT8"}.get(precision)
    if needed is None:
        raise UserError(f"precision is {precision!r}; it must be auto, f32, bf16 or int8")
    if needed not in capabilities():
        has = ", ".join(sorted(capabilities() & {"FP32", "BF16", "FP16", "INT8"}))
        raise UserError(
            f"precision {precision} is not in this CPU's hardware, which has {has}; emulated it would be many times"
            " slower: take auto or f32"
        )
