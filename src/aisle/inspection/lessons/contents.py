"""All lessons, in the order in which they are best read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aisle.errors import UserError
from aisle.inspection.lessons import (
    dimensions,
    embedding_sum,
    families,
    masking,
    negatives,
    pooling,
    positional_encoding,
    self_attention,
    siamese,
    weighted_sum,
)
from aisle.inspection.lessons.lesson import Lesson, Step, taken

LESSONS: tuple[Lesson, ...] = tuple(
    module.LESSON
    for module in (
        embedding_sum,
        positional_encoding,
        self_attention,
        weighted_sum,
        dimensions,
        pooling,
        masking,
        siamese,
        negatives,
        families,
    )
)


def contents() -> list[dict[str, str]]:
    """Name, title and lead of every lesson."""
    return [{"name": lesson.name, "title": lesson.title, "lead": lesson.lead} for lesson in LESSONS]


def worked(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A lesson with its working, as JSON: `given` holds the inputs that the reader changed.

    Raises
        UserError: there is no such lesson, or an input does not fit.
    """
    lesson = next((one for one in LESSONS if one.name == name), None)
    if lesson is None:
        raise UserError(f"there is no lesson {name[:40]!r}; there are {', '.join(one.name for one in LESSONS)}")
    values = taken(lesson, given)
    question = lesson.question
    return {
        "name": lesson.name,
        "title": lesson.title,
        "lead": lesson.lead,
        "uses": list(lesson.uses),
        "further": lesson.further,
        "facts": dict(lesson.facts),
        "inputs": [
            {
                "name": one.name,
                "label": one.label,
                "values": values[one.name].tolist(),
                "rows": list(one.rows),
                "columns": list(one.columns),
                "least": one.least,
                "most": one.most,
            }
            for one in lesson.inputs
        ],
        "steps": [written(step) for step in lesson.work(values)],
        "question": None
        if question is None
        else {
            "text": question.text,
            "options": list(question.options),
            "right": question.right,
            "because": question.because,
        },
    }


def written(step: Step) -> dict[str, Any]:
    """A step as JSON, which has no infinite numbers: those are written as words."""
    values = np.asarray(step.values, np.float64)
    assert values.ndim == 2, f"the step {step.title!r} has {values.ndim} axes"
    return {
        "title": step.title,
        "formula": step.formula,
        "values": [[number if np.isfinite(number) else str(number) for number in row] for row in values.tolist()],
        "rows": list(step.rows),
        "columns": list(step.columns),
        "note": step.note,
        "shade": step.shade,
    }
