"""The ways of writing, each with its own settings."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When to stop, whatever the way."""

    max_tokens: int
    """The most tokens that are written."""
    end_ids: frozenset[int] = frozenset()
    """Tokens that end a text."""

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise UserError(f"max_tokens is {self.max_tokens}; it must be at least 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Greedy:
    """Always the most probable next token; of equals the one with the lowest id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """Draw the next token. Sources: top-k, arXiv 1805.04833; nucleus (top-p), arXiv 1904.09751."""

    temperature: float = 1.0
    """Scores are divided by it: below 1 the probable tokens gain, above 1 the others."""
    top_k: int = 0
    """Draw among so many most probable tokens; 0 for all."""
    top_p: float = 1.0
    """Draw among the fewest most probable tokens that have this probability together; 1 for all."""
    seed: int = 0
    """Same seed, same model, same prompt: same text."""

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise UserError(f"temperature is {self.temperature}; it must be greater than 0 (use Greedy for 0)")
        if self.top_k < 0:
            raise UserError(f"top_k is {self.top_k}; it must not be negative")
        if not 0 < self.top_p <= 1:
            raise UserError(f"top_p is {self.top_p}; it must be greater than 0 and at most 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Beam:
    """Keep the best `width` beginnings at every step. Source of the length penalty: arXiv 1609.08144, section 7."""

    width: int = 4
    """How many beginnings are kept, and how many texts are given back at most."""
    length_penalty: float = 1.0
    """Log-probabilities are divided by the number of tokens to this power: 0 favours short texts, 1 is the mean."""
    least: float = -math.inf
    """The search stops when no beginning has this log-probability any more: nobody would want to see what comes of it.
    What there is by then is given back as `stuck`."""

    def __post_init__(self) -> None:
        if self.width < 1:
            raise UserError(f"width is {self.width}; it must be at least 1")
        if self.length_penalty < 0:
            raise UserError(f"length_penalty is {self.length_penalty}; it must not be negative")
