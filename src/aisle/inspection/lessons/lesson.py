"""What a lesson is made of: numbers to change, steps that follow from them, and maybe a question.

Legend: R rows, C columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError

GREATEST = 1e6
"""The greatest number that may be put in, either way from 0."""

Values = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A table of numbers that the reader may change; its size stays."""

    name: str
    """Its name in the address."""
    label: str
    """What it is."""
    values: tuple[tuple[float, ...], ...]
    """What it holds at first (R, C)."""
    rows: tuple[str, ...] = ()
    """Names of the rows."""
    columns: tuple[str, ...] = ()
    """Names of the columns."""
    least: float = -GREATEST
    """The least number allowed."""
    most: float = GREATEST
    """The greatest number allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One line of the working: a formula, and the numbers it gives."""

    title: str
    """What is done."""
    formula: str = ""
    """In the symbols of the papers."""
    values: NDArray[Any]
    """The numbers (R, C)."""
    rows: tuple[str, ...] = ()
    """Names of the rows."""
    columns: tuple[str, ...] = ()
    """Names of the columns."""
    note: str = ""
    """What to see in it."""
    shade: bool = False
    """Whether the numbers are to be seen as a heat map rather than read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question with one right option."""

    text: str
    options: tuple[str, ...]
    right: int
    """Place of the right option, from 0."""
    because: str
    """Why it is right, and what the others are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """One page."""

    name: str
    """Its name in the address."""
    title: str
    lead: str
    """What it is about, in a sentence or two."""
    inputs: tuple[Input, ...] = ()
    work: Callable[[Values], Sequence[Step]]
    """From the inputs to the working."""
    question: Question | None = None
    uses: tuple[str, ...] = ()
    """The functions of the package that compute it."""
    further: str = ""
    """Where it happens in the real encoder: the part of the walk to look at."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a drawing needs beyond numbers."""


def taken(lesson: Lesson, given: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The lesson's inputs with those of `given` in place of the first ones.

    Raises
        UserError: there is no such input, or it has another size, or a number that is not allowed.
    """
    known = {one.name: one for one in lesson.inputs}
    if unknown := [name for name in given if name not in known]:
        raise UserError(f"this lesson has no input {unknown[0][:40]!r}; it has {', '.join(known) or 'none'}")
    return {name: _checked(one, given.get(name, one.values)) for name, one in known.items()}


def _checked(one: Input, values: Any) -> NDArray[np.float64]:
    wanted = np.shape(one.values)
    rows = values if isinstance(values, list | tuple) else []
    if len(rows) != wanted[0] or not all(isinstance(row, list | tuple) and len(row) == wanted[1] for row in rows):
        raise UserError(f"{one.name} must be {wanted[0]} rows of {wanted[1]} numbers")
    for row in rows:
        for number in row:
            allowed = isinstance(number, int | float) and not isinstance(number, bool)
            if not (allowed and one.least <= number <= one.most):
                raise UserError(
                    f"{one.name} holds {str(number)[:40]!r}; numbers from {one.least:g} to {one.most:g} fit"
                )
    return np.array(rows, np.float64)
