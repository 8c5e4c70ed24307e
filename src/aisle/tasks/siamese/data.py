"""Tables of sentence pairs and triplets: natural-language inference, textual similarity, pairs that belong together.

Every row counts: one that cannot be read, or has an empty text, stops the reading with its line. Every distinct text is
kept once.

Legend: N examples, K texts of each (2 for pairs, 3 with a negative).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.tables import BadRow, open_table
from aisle.tasks.siamese.settings import SiameseSettings

_FIRST = ("sentence1", "anchor", "question1", "query")
_SECOND = ("sentence2", "positive", "question2", "title")
_NEGATIVE = ("negative",)
_LABEL = ("label", "entailment")
_SCORE = ("score", "relatedness")


@dataclass(frozen=True, kw_only=True, slots=True)
class Examples:
    """What an objective is given."""

    texts: tuple[str, ...]
    """Every distinct text once."""
    columns_NK: NDArray[np.int64]
    """Which texts each example has: first, second, and the negative where there is one (else -1); to distill, one."""
    targets_N: NDArray[np.float32] | NDArray[np.int64] | None = None
    """Scores from 0 to 1, numbers of labels, or a teacher's vectors (N, D); None where the objective needs none."""
    labels: tuple[str, ...] = ()
    """The label of each number, in alphabetical order."""

    def __len__(self) -> int:
        return len(self.columns_NK)


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a table."""

    place: str
    """File and line, for messages."""
    first: str
    second: str
    negative: str
    label: str
    score: float


def read_pairs(path: str | Path, settings: SiameseSettings, *, needs: Sequence[str] = ()) -> list[Pair]:
    """The rows of a table; `needs` names what must be there beside the two texts: `label`, `score`, `negative`.

    Labels are lower-cased; scores are scaled to 0..1 over `settings.score_range` or the range of the file.

    Raises
        UserError: a column is missing, a row cannot be read, a text is empty, or a score is no number.
    """
    table = open_table(path)
    columns = {
        "first": _column(path, table.columns, settings.first_column, _FIRST, "first"),
        "second": _column(path, table.columns, settings.second_column, _SECOND, "second"),
        "negative": _column(path, table.columns, settings.negative_column, _NEGATIVE, "negative", "negative" in needs),
        "label": _column(path, table.columns, settings.label_column, _LABEL, "label", "label" in needs),
        "score": _column(path, table.columns, settings.score_column, _SCORE, "score", "score" in needs),
    }
    # In-batch looks at a label or a score to tell what belongs together; others read only what they need.
    sorts = settings.objective == "in-batch" and not needs
    if "label" not in needs and not sorts:
        columns["label"] = ""
    if "score" not in needs and not (sorts and not columns["label"]):
        columns["score"] = ""
    pairs = []
    for row in table.rows:
        if isinstance(row, BadRow):
            raise UserError(f"{path}, line {row.line}: {row.reason}; mend or remove this row")
        pairs.append(_pair(f"{path}, line {row.line}", row.values, columns))
    if not pairs:
        raise UserError(f"{path} has no rows; it needs at least one")
    if columns["score"]:
        return _scaled(path, pairs, settings)
    return pairs


def read_examples(paths: Sequence[str | Path], settings: SiameseSettings) -> Examples:
    """The training examples of one or several tables, as the objective needs them.

    Softmax needs labels, cosine scores, triplet a negative. In-batch takes pairs that belong together: every row of a
    table without labels and scores; of labelled ones those of label `entailment`, with a text that contradicts the
    same first text as hard negative where there is one; of scored ones those from `positive_score` on. Distill takes
    every distinct text of the columns of texts; what they have to do with each other does not matter.

    Raises
        UserError: as `read_pairs`; also where all labels or all scores are the same, or no pair belongs together.
    """
    if settings.objective == "distill":
        texts = tuple(dict.fromkeys(text for path in paths for text in _texts(path, settings)))
        return Examples(texts=texts, columns_NK=np.arange(len(texts))[:, None])
    needs = {"softmax": ("label",), "cosine": ("score",), "triplet": ("negative",), "in-batch": ()}[settings.objective]
    pairs = [pair for path in paths for pair in read_pairs(path, settings, needs=needs)]
    where = ", ".join(map(str, paths))
    if settings.objective == "softmax":
        labels = tuple(sorted({pair.label for pair in pairs}))
        if len(labels) < 2:
            raise UserError(
                f"{where}: every pair has the label {labels[0]!r}; there must be at least two to tell apart"
            )
        numbers = {label: number for number, label in enumerate(labels)}
        return as_examples(pairs, targets_N=np.array([numbers[pair.label] for pair in pairs], np.int64), labels=labels)
    if settings.objective == "cosine":
        scores_N = np.array([pair.score for pair in pairs], np.float32)
        if np.ptp(scores_N) == 0:
            raise UserError(f"{where}: every pair has the same score; there is nothing to learn from that")
        return as_examples(pairs, targets_N=scores_N)
    if settings.objective == "triplet":
        return as_examples(pairs)
    together = list(_belonging(pairs, settings))
    if not together:
        raise UserError(
            f"{where}: no pair belongs together (label entailment, or a score from {settings.positive_score} of the "
            "range on); lower positive_score or give other data"
        )
    return as_examples(together)


def _texts(path: str | Path, settings: SiameseSettings) -> Iterator[str]:
    """All texts of a table: of `text`, or of both columns of pairs."""
    table = open_table(path)
    if settings.first_column or settings.second_column:
        asked = [name for name in (settings.first_column, settings.second_column) if name]
    else:
        asked = [name for name in ("text", *_FIRST, *_SECOND, *_NEGATIVE) if name in table.columns]
    missing = [name for name in asked if name not in table.columns]
    if missing or not asked:
        raise UserError(
            f"{path} has no column {missing[0] if missing else 'text'!r}; its columns are {', '.join(table.columns)}; "
            "name the right one with --first-column"
        )
    for row in table.rows:
        place = f"{path}, line {row.line}"
        if isinstance(row, BadRow):
            raise UserError(f"{place}: {row.reason}; mend or remove this row")
        yield from (_text(place, row.values, column) for column in asked)


def as_examples(pairs: Sequence[Pair], **rest: Any) -> Examples:
    """Pairs with every distinct text kept once; `rest` as in `Examples`."""
    numbers: dict[str, int] = {"": -1}
    columns_NK = np.array(
        [[numbers.setdefault(text, len(numbers) - 1) for text in (p.first, p.second, p.negative)] for p in pairs],
        np.int64,
    ).reshape(-1, 3)
    del numbers[""]
    if (columns_NK[:, 2] < 0).all():
        columns_NK = columns_NK[:, :2]
    return Examples(texts=tuple(numbers), columns_NK=columns_NK, **rest)


def _belonging(pairs: Sequence[Pair], settings: SiameseSettings) -> Iterator[Pair]:
    against = {pair.first: pair.second for pair in pairs if pair.label == "contradiction"}
    for pair in pairs:
        scored_low = not math.isnan(pair.score) and pair.score < settings.positive_score
        labelled_otherwise = pair.label not in ("", "entailment", "1")
        if scored_low or labelled_otherwise:
            continue
        negative = pair.negative or against.get(pair.first, "")
        yield Pair(pair.place, pair.first, pair.second, negative, pair.label, pair.score)


def _column(
    path: str | Path, columns: Sequence[str], asked: str, usual: Sequence[str], role: str, needed: bool | None = None
) -> str:
    """The name of the column for a role; empty where there is none and none is needed."""
    found = next((name for name in ([asked] if asked else usual) if name in columns), "")
    must = role in ("first", "second") if needed is None else needed
    if not found and (must or asked):
        named = f"column {asked!r}" if asked else f"column for the {role} text or value ({', '.join(usual)})"
        raise UserError(
            f"{path} has no {named}; its columns are {', '.join(columns)}; name the right one with --{role}-column"
        )
    return found


def _pair(place: str, values: dict[str, Any], columns: dict[str, str]) -> Pair:
    texts = {}
    for role in ("first", "second", "negative"):
        texts[role] = _text(place, values, columns[role])
    label = "" if not columns["label"] else _text(place, values, columns["label"]).strip().lower()
    score = math.nan
    if columns["score"]:
        with suppress(TypeError, ValueError):
            score = float(values[columns["score"]])
        if not math.isfinite(score):
            raise UserError(
                f"{place}: {columns['score']} is {values[columns['score']]!r}; it must be a number; mend this row"
            )
    return Pair(place, texts["first"], texts["second"], texts["negative"], label, score)


def _text(place: str, values: dict[str, Any], column: str) -> str:
    if not column:
        return ""
    text = str(values.get(column) or "")
    if not text.strip():
        raise UserError(f"{place}: column {column!r} is empty; fill it in or remove this row")
    return text


def _scaled(path: str | Path, pairs: Sequence[Pair], settings: SiameseSettings) -> list[Pair]:
    scores = [pair.score for pair in pairs]
    low, high = settings.score_range or (min(scores), max(scores))
    if low == high:
        raise UserError(f"{path}: every score is {low}; there is nothing to learn from that")
    outside = next((pair for pair in pairs if not low <= pair.score <= high), None)
    if outside is not None:
        raise UserError(f"{outside.place}: the score {outside.score} is outside {low}..{high}; widen --score-range")
    return [Pair(p.place, p.first, p.second, p.negative, p.label, (p.score - low) / (high - low)) for p in pairs]
