"""What was found out about an encoder's arithmetics on this machine, and which one that speaks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from aisle.files.atomic import write_atomic
from aisle.json_text import from_json

LOWEST_MEAN_COSINE = 0.999
"""Vectors further than this from float32, on average over the texts of the trial, are not used."""
LEAST_GAIN = 1.15
"""How many times faster than the next more exact arithmetic one must be to be worth its rounding."""
EXACT_FIRST = ("f32", "bf16", "int8")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What the trial of one arithmetic found."""

    mean_cosine: float
    """To float32, over texts that took no part in calibration."""
    gain: float
    """Times faster than float32."""

    @property
    def close(self) -> bool:
        """Whether the vectors are as good as float32's."""
        return self.mean_cosine >= LOWEST_MEAN_COSINE


def best(trials: Mapping[str, Trial]) -> str:
    """The fastest arithmetic that is close to float32; between two that are about as fast, the more exact one.

    A processor that lists an arithmetic need not be fast at it: Xeons of the Sapphire and Emerald Rapids kind multiply
    bf16 at half the speed of float32 where their matrix unit (AMX) is not given to a virtual machine.
    """
    chosen, gain = "f32", 1.0
    for precision in EXACT_FIRST[1:]:
        trial = trials.get(precision)
        if trial is not None and trial.close and trial.gain >= LEAST_GAIN * gain:
            chosen, gain = precision, trial.gain
    return chosen


def save_trials(path: Path, trials: Mapping[str, Trial]) -> None:
    """Keep what was found; a reader sees all of it or nothing."""
    write_atomic(path, json.dumps({precision: asdict(trial) for precision, trial in trials.items()}))


def load_trials(path: Path) -> dict[str, Trial]:
    """What was found before."""
    return {precision: Trial(**found) for precision, found in from_json(path.read_text()).items()}
