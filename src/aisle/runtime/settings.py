"""How the inference engine runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["auto", "f32", "bf16", "int8"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """Settings of one inference engine."""

    precision: Precision = "auto"
    """Arithmetic of the matrix products. `auto` takes the fastest of f32, bf16 and int8 that a trial on this machine
    found close to float32; a precision that the CPU lacks is refused, because emulating it is many times slower."""

    threads: int = 0
    """CPU threads in all; 0 takes every core. Each one runs its own batch or query from start to end."""

    token_budget: int = 512
    """Tokens in one batch: small enough to stay in a core's cache, large enough to keep its vector units busy."""
