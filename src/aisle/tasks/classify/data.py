"""Tables of texts with their classes. Every row counts: one that cannot be read stops the reading with its line.

Free of torch. Legend: N examples, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.tables import BadRow, open_table

_TEXT = ("text", "sentence")
_LABEL, _LABELS = "label", "labels"


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledText:
    """One row of a table."""

    place: str
    """File and line, for messages."""
    text: str
    labels: tuple[str, ...]
    """One, or of a table of several any number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledTexts:
    """A table, read whole."""

    rows: tuple[LabelledText, ...]
    multi_label: bool
    name: str
    """The files, for messages."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def texts(self) -> list[str]:
        """The texts in the order of the rows."""
        return [row.text for row in self.rows]

    def labels(self) -> tuple[str, ...]:
        """Every label that occurs, in the order of their numbers if all are numbers, else of the alphabet.

        Raises
            UserError: there is only one.
        """
        found = {label for row in self.rows for label in row.labels}
        if len(found) < 2 and not (self.multi_label and found):
            only = f"the label {next(iter(found))!r}" if found else "no label"
            raise UserError(f"{self.name}: every text has {only}; there must be at least two classes to tell apart")
        if all(label.lstrip("-").isdecimal() for label in found):
            return tuple(sorted(found, key=int))
        return tuple(sorted(found))

    def truth(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Which of `labels` each text has (N, C).

        Raises
            UserError: a text has a label that is none of them.
        """
        numbers = {label: number for number, label in enumerate(labels)}
        truth_NC = np.zeros((len(self.rows), len(labels)), np.bool_)
        for place, row in enumerate(self.rows):
            for label in row.labels:
                if label not in numbers:
                    raise UserError(
                        f"{row.place}: the label {label!r} was never seen in training, which had "
                        f"{', '.join(labels)}; train with such texts, or remove the row"
                    )
                truth_NC[place, numbers[label]] = True
        return truth_NC


def read_labelled(
    paths: Sequence[str | Path],
    *,
    text_column: str = "",
    label_column: str = "",
    multi_label: str = "auto",
    separator: str = ",",
) -> LabelledTexts:
    """The rows of one or several tables; `multi_label` is `yes`, `no`, or `auto`: by the name of the column.

    Raises
        UserError: a column is missing, a row cannot be read, a text or a class is empty, or there are no rows.
    """
    rows: list[LabelledText] = []
    kinds: set[bool] = set()
    for path in paths:
        table = open_table(path)
        text = _column(path, table.columns, text_column, _TEXT, "text")
        usual = {"yes": (_LABELS, _LABEL), "no": (_LABEL,)}.get(multi_label, (_LABEL, _LABELS))
        label = _column(path, table.columns, label_column, usual, "label")
        several = label == _LABELS if multi_label == "auto" else multi_label == "yes"
        kinds.add(several)
        before = len(rows)
        for row in table.rows:
            place = f"{path}, line {row.line}"
            if isinstance(row, BadRow):
                raise UserError(f"{place}: {row.reason}; mend or remove this row")
            labels = _labels(place, label, row.values.get(label), separator if several else "")
            rows.append(LabelledText(place=place, text=_filled(place, text, row.values.get(text)), labels=labels))
        if len(rows) == before:
            raise UserError(f"{path} has no rows; it needs at least one")
    if len(kinds) > 1:
        raise UserError(
            "some of the tables have a column label and some a column labels; name one with --label-column, "
            "and say with --multi-label whether a text may have several"
        )
    return LabelledTexts(rows=tuple(rows), multi_label=kinds == {True}, name=", ".join(map(str, paths)))


def _column(path: str | Path, columns: Sequence[str], asked: str, usual: Sequence[str], role: str) -> str:
    found = next((name for name in ([asked] if asked else usual) if name in columns), "")
    if not found:
        named = f"column {asked!r}" if asked else f"column for the {role} ({' or '.join(usual)})"
        raise UserError(
            f"{path} has no {named}; its columns are {', '.join(columns)}; name the right one with --{role}-column"
        )
    return found


def _filled(place: str, column: str, value: Any) -> str:
    # A label 0 of a JSON table is a value; an empty text is none.
    text = "" if value is None else str(value)
    if not text.strip():
        raise UserError(f"{place}: column {column!r} is empty; fill it in or remove this row")
    return text


def _labels(place: str, column: str, value: Any, separator: str) -> tuple[str, ...]:
    if not separator:
        return (_filled(place, column, value).strip(),)
    if isinstance(value, list):
        return tuple(dict.fromkeys(str(label).strip() for label in value))
    # Of several classes a text may have none.
    parts = ("" if value is None else str(value)).split(separator)
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
