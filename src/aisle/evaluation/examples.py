"""Labelled texts and labelled pairs of texts, and the features a classifier on frozen vectors sees of them.

Letters: N examples, D dimensions of a vector, F features (D for a text, 2 D for a pair).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.evaluation.result import Embed, embedded
from aisle.evaluation.rows import required_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Examples:
    """Texts with a class each (sentiment, question type), or pairs with one (paraphrase or not)."""

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    partners: tuple[str, ...] = ()
    """The second text of each pair; empty where examples are single texts."""

    def __len__(self) -> int:
        return len(self.labels)


def read_examples(paths: Sequence[str | Path], *, label_column: str = "label") -> Examples:
    """Examples from one or several tables: a label column and `text`, or `sentence1` and `sentence2` for pairs."""
    labels: list[str] = []
    texts: list[str] = []
    partners: list[str] = []
    for path in paths:
        for line, row in required_rows(path, (label_column,)):
            if "text" in row:
                found = [row["text"]]
            elif "sentence1" in row and "sentence2" in row:
                found = [row["sentence1"], row["sentence2"]]
            else:
                there = ", ".join(map(str, row))
                raise UserError(f"{path} needs a column text, or sentence1 and sentence2; its columns are {there}")
            if None in found:
                raise UserError(f"{path}, line {line}: a text is missing; fill it in")
            labels.append(str(row[label_column]))
            texts.append(str(found[0]))
            partners.extend(map(str, found[1:]))
            if len(partners) not in (0, len(texts)):
                raise UserError(f"{path}, line {line}: single texts and pairs are mixed; evaluate them apart")
    return Examples(labels=tuple(labels), texts=tuple(texts), partners=tuple(partners))


def features(embed: Embed, examples: Examples) -> NDArray[Any]:
    """The (N, F) features: the vector of a text; of a pair |u - v| and u * v side by side, as SentEval has them."""
    if not examples.partners:
        return embedded(embed, examples.texts)
    vectors = embedded(embed, examples.texts + examples.partners)
    u_ND, v_ND = vectors[: len(examples)], vectors[len(examples) :]
    return np.concatenate([np.abs(u_ND - v_ND), u_ND * v_ND], axis=1)
